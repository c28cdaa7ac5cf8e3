"""A PulseAudio server of one's own, with null sinks in place of sound cards: nothing is audible."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from roomcli.audio.samples import RATE

from . import processes
from .processes import ChildFailed

NEEDED = ("pulseaudio", "pactl", "parec", "paplay")


def missing() -> list[str]:
    """The programs that this machine lacks."""
    return [name for name in NEEDED if shutil.which(name) is None]


class SoundServer:
    """A PulseAudio server in ``folder``; programs find it through ``environment``."""

    def __init__(self, folder: Path, *modules: str) -> None:
        self.folder = folder
        socket = folder / "native"
        self.environment = {
            "PULSE_SERVER": f"unix:{socket}",
            "PULSE_RUNTIME_PATH": str(folder),
            "PULSE_COOKIE": str(folder / "cookie"),
        }
        own = {"HOME": str(folder), "XDG_RUNTIME_DIR": str(folder)}
        self._world = {**os.environ, **self.environment, **own}
        self._recorders: list[subprocess.Popen[bytes]] = []
        loaded = (f"module-native-protocol-unix socket={socket} auth-anonymous=1", *modules)
        self._server = self._start(
            *("pulseaudio", "-n", "--daemonize=no", "--use-pid-file=no"),
            *("--exit-idle-time=-1", "--disable-shm=yes", "--system=false"),
            *(f"--load={module}" for module in loaded),
        )

    def wait_until_ready(self) -> None:
        """Wait until the server answers. Raises ChildFailed if it has ended."""
        while subprocess.run(["pactl", "info"], env=self._world, capture_output=True).returncode:
            if self._server.poll() is not None:
                raise ChildFailed("pulseaudio ended at once")
            time.sleep(0.05)

    def null_sink(self, name: str, *, awake: bool = True) -> None:
        """Add a sink ``name``, whose sound goes to the source ``name``.monitor.

        A recorder keeps the sink awake: an idle null sink renders up to two seconds ahead.
        """
        module = ["pactl", "load-module", "module-null-sink", f"sink_name={name}", f"rate={RATE}"]
        subprocess.run(module, env=self._world, check=True, capture_output=True)
        if awake:
            recorder = self._start("parec", "--raw", "--latency-msec=5", "-d", f"{name}.monitor")
            self._recorders.append(recorder)

    @contextlib.contextmanager
    def recording(self, sink: str, path: Path, *options: str) -> Iterator[None]:
        """Record what a sink plays until the block ends, with these options of parec."""
        recorder = self._start(
            *("parec", f"--rate={RATE}", "--format=s16le", *options),
            *("-d", f"{sink}.monitor", str(path)),
        )
        try:
            yield
        finally:
            processes.end(recorder, signal.SIGINT)

    def play(self, sink: str, path: Path, *options: str) -> None:
        """Play a WAV file into a sink, to its end, with these options of paplay."""
        player = self._start("paplay", *options, "-d", sink, str(path))
        try:
            if player.wait():
                raise ChildFailed(f"paplay ended with {player.returncode}")
        finally:
            processes.end(player)

    def close(self) -> None:
        """End the server and its recorders; a second call does nothing."""
        for process in [*self._recorders, self._server]:
            processes.end(process)
        self._recorders.clear()

    def _start(self, *command: str) -> subprocess.Popen[bytes]:
        return processes.start(command, self._world, stderr=subprocess.DEVNULL)


@contextlib.contextmanager
def sound_server(*modules: str) -> Iterator[SoundServer]:
    """Run a server with these modules until the block ends."""
    # Short: the name of a Unix socket may have no more than 107 bytes.
    with tempfile.TemporaryDirectory(prefix="pulse") as folder:
        server = SoundServer(Path(folder), *modules)
        try:
            server.wait_until_ready()
            yield server
        finally:
            server.close()
