"""A PulseAudio server for tests, with null sinks in place of sound cards.

``conftest`` gives its fixture to all tests.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


class PulseServer:
    """A PulseAudio server in ``folder``; programs find it through ``environment``."""

    def __init__(self, folder: Path) -> None:
        self._socket = folder / "native"
        self.environment = {
            "PULSE_SERVER": f"unix:{self._socket}",
            "PULSE_RUNTIME_PATH": str(folder),
            "XDG_RUNTIME_DIR": str(folder),
            "PULSE_COOKIE": str(folder / "cookie"),
        }
        self._recorders: list[subprocess.Popen[bytes]] = []
        self._log = (folder / "log").open("wb")
        self._server = subprocess.Popen(
            [
                *("pulseaudio", "-n", "--daemonize=no", "--use-pid-file=no"),
                *("--exit-idle-time=-1", "--disable-shm=yes", "--system=false"),
                f"--load=module-native-protocol-unix socket={self._socket} auth-anonymous=1",
            ],
            env=os.environ | self.environment | {"HOME": str(folder)},
            stdout=self._log,
            stderr=self._log,
        )

    def wait_until_ready(self) -> None:
        """Wait until the server answers. Raises RuntimeError if it has ended."""
        while subprocess.run(
            ["pactl", "info"], env=os.environ | self.environment, capture_output=True
        ).returncode:
            if self._server.poll() is not None:
                raise RuntimeError("pulseaudio ended at once")

    def null_sink(self, name: str, *, awake: bool = True) -> None:
        """Add a sink ``name``, whose sound goes to the source ``name``.monitor.

        A recorder keeps the sink awake: an idle null sink renders up to two seconds ahead.
        """
        module = ["pactl", "load-module", "module-null-sink", f"sink_name={name}", "rate=48000"]
        environment = os.environ | self.environment
        subprocess.run(module, env=environment, check=True, capture_output=True)
        if not awake:
            return
        recorder = subprocess.Popen(
            ["parec", "--raw", "--latency-msec=5", "-d", f"{name}.monitor"],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._recorders.append(recorder)

    @contextlib.contextmanager
    def recording(self, name: str, path: Path) -> Iterator[None]:
        """Record what the sink ``name`` plays until the block ends, into a WAV file.

        The file ``path`` has one channel at 48 kHz.
        """
        recorder = subprocess.Popen(
            [
                *("parec", "--file-format=wav", "--rate=48000", "--channels=1"),
                *("--format=s16le", "--latency-msec=20", "-d", f"{name}.monitor", str(path)),
            ],
            env=os.environ | self.environment,
        )
        try:
            yield
        finally:
            recorder.send_signal(signal.SIGINT)
            recorder.wait()

    def play(self, name: str, path: Path) -> None:
        """Play a file into the sink ``name``, whose monitor serves as a microphone."""
        environment = os.environ | self.environment
        subprocess.run(["paplay", "-d", name, str(path)], env=environment, check=True)

    def close(self) -> None:
        """End the server and its recorders; a second call does nothing."""
        for process in [*self._recorders, self._server]:
            process.kill()
            process.wait()
        self._recorders.clear()
        self._log.close()


@pytest.fixture
def pulse(monkeypatch: pytest.MonkeyPatch) -> Iterator[PulseServer]:
    """Run a server with a null sink ``room`` that this process and its children use."""
    missing = [name for name in ("pulseaudio", "pactl", "parec") if shutil.which(name) is None]
    if missing:
        pytest.skip(f"needs PulseAudio, {', '.join(missing)} not installed")
    try:
        import sounddevice
    except OSError:
        pytest.skip("needs PortAudio: apt install libportaudio2 libasound2-plugins")
    # Not tmp_path: the name of a Unix socket may have no more than 107 bytes.
    with tempfile.TemporaryDirectory(prefix="pulse") as folder:
        server = PulseServer(Path(folder))
        try:
            for name, value in server.environment.items():
                monkeypatch.setenv(name, value)
            server.wait_until_ready()
            server.null_sink("room")
            sounddevice._terminate()
            sounddevice._initialize()
            names = [card["name"] for card in sounddevice.query_devices()]
            if "pulse" not in names:
                pytest.skip("needs ALSA's PulseAudio plugin: apt install libasound2-plugins")
            yield server
        finally:
            server.close()
