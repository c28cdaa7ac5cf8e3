"""A sound server of one's own, with null sinks in place of sound cards: nothing is audible.

PulseAudio, or PipeWire, which speaks PulseAudio's protocol; neither needs systemd or D-Bus here.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from roomcli.audio.samples import RATE

from . import processes
from .processes import ChildFailed

TOOLS = ("pactl", "parec", "paplay")


class SoundServer:
    """A PulseAudio server in ``folder``; programs find it through ``environment``."""

    NEEDED: tuple[str, ...] = ("pulseaudio", *TOOLS)

    def __init__(self, folder: Path, *modules: str) -> None:
        self.folder = folder
        self.environment = {
            "PULSE_SERVER": f"unix:{folder}/native",
            "PULSE_RUNTIME_PATH": str(folder),
            "PULSE_COOKIE": str(folder / "cookie"),
        }
        own = {"HOME": str(folder), "XDG_RUNTIME_DIR": str(folder)}
        self._world = {**os.environ, **self.environment, **own}
        self._recorders: list[subprocess.Popen[bytes]] = []
        self._servers: list[subprocess.Popen[bytes]] = []
        self._modules = modules

    @classmethod
    def missing(cls) -> list[str]:
        """The programs that this machine lacks."""
        return [name for name in cls.NEEDED if shutil.which(name) is None]

    def run(self) -> None:
        """Start the server, or start it anew; return once it answers. Raises ChildFailed."""
        self._servers = self._started()
        while not self._answers():
            if any(each.poll() is not None for each in self._servers):
                raise ChildFailed(f"{self.NEEDED[0]} ended at once")
            time.sleep(0.05)
        for module in self._modules:
            self.control("load-module", *module.split())

    def _answers(self) -> bool:
        # PipeWire answers with a default that is no sink as long as it cannot play.
        told = subprocess.run(["pactl", "info"], env=self._world, capture_output=True, text=True)
        return told.returncode == 0 and "@DEFAULT_SINK@" not in told.stdout

    def control(self, *words: str) -> str:
        """Have ``pactl`` do something with the server; return what it says."""
        done = subprocess.run(
            ["pactl", *words], env=self._world, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def pause(self, number: signal.Signals = signal.SIGSTOP) -> None:
        """Stop the server as it is, without a word to anybody; SIGCONT lets it go on."""
        for each in self._servers:
            each.send_signal(number)

    def _started(self) -> list[subprocess.Popen[bytes]]:
        """Start the server's processes."""
        module = f"module-native-protocol-unix socket={self.folder}/native auth-anonymous=1"
        (self.folder / "native").unlink(missing_ok=True)
        return [
            self._start(
                *("pulseaudio", "-n", "--daemonize=no", "--use-pid-file=no"),
                *("--exit-idle-time=-1", "--disable-shm=yes", "--system=false"),
                f"--load={module}",
            )
        ]

    def null_sink(self, name: str, *, awake: bool = True, description: str = "") -> str:
        """Add a sink ``name``, whose sound goes to the source ``name``.monitor; return its module.

        A recorder keeps the sink awake: an idle null sink renders up to two seconds ahead.
        """
        words = ["load-module", "module-null-sink", f"sink_name={name}", f"rate={RATE}"]
        if description:
            words.append(f"sink_properties=device.description={description}")
        module = self.control(*words)
        if awake:
            recorder = self._start("parec", "--raw", "--latency-msec=5", "-d", f"{name}.monitor")
            self._recorders.append(recorder)
        return module

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
        for process in [*self._recorders, *self._servers]:
            processes.end(process)
        self._recorders.clear()
        self._servers.clear()

    def _start(self, *command: str) -> subprocess.Popen[bytes]:
        return processes.start(command, self._world, stderr=subprocess.DEVNULL)


class PipeWireServer(SoundServer):
    """A PipeWire server in ``folder``, without real cards."""

    NEEDED = ("pipewire-pulse", "pipewire", "wireplumber", *TOOLS)

    _SETTINGS = {
        "main": "alsa_monitor.enabled = false\nv4l2_monitor.enabled = false\n"
        "libcamera_monitor.enabled = false\n"
        'default_access.properties["enable-flatpak-portal"] = false\n',
        "bluetooth": "bluez_monitor.enabled = false\n",
    }

    def null_sink(self, name: str, *, awake: bool = True, description: str = "") -> str:
        module = super().null_sink(name, awake=awake, description=description)
        while self.control("get-default-sink") == "auto_null":  # in place of none, until then
            time.sleep(0.05)
        return module

    def _started(self) -> list[subprocess.Popen[bytes]]:
        for part, settings in self._SETTINGS.items():
            file = self.folder / f".config/wireplumber/{part}.lua.d/51-no-cards.lua"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(settings)
        own = {
            f"XDG_{kind}_HOME": str(self.folder / f".{kind.lower()}")
            for kind in ("CONFIG", "STATE")
        }
        self._world |= own
        self._world.pop("DBUS_SESSION_BUS_ADDRESS", None)
        address = self.folder / "pipewire-0"
        address.unlink(missing_ok=True)  # of a server that was killed
        server = self._start("pipewire")
        while not _is_heard_at(address):
            if server.poll() is not None:
                raise ChildFailed("pipewire ended at once")
            time.sleep(0.01)
        return [server, self._start("wireplumber"), self._start("pipewire-pulse")]


def _is_heard_at(address: Path) -> bool:
    """Whether a server takes connections there; the others of its processes end if none does."""
    with socket.socket(socket.AF_UNIX) as trial:
        try:
            trial.connect(str(address))
        except OSError:
            return False
    return True


@contextlib.contextmanager
def sound_server(*modules: str, kind: type[SoundServer] = SoundServer) -> Iterator[SoundServer]:
    """Run a server with these modules until the block ends."""
    # Short: the name of a Unix socket may have no more than 107 bytes.
    with tempfile.TemporaryDirectory(prefix="pulse", ignore_cleanup_errors=True) as folder:
        server = kind(Path(folder), *modules)
        try:
            server.run()
            yield server
        finally:
            server.close()
