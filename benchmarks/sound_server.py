"""A PulseAudio server of the benchmark's own, whose one stereo sink is both mouth and ear.

``mouth`` plays on its left channel and ``mic`` hears that channel; ``ear`` plays on its right one.
So one recording of the sink has both ends, sample by sample, in one clock. The sink is a null sink:
no card, nothing that anybody could hear.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np

from roomcli.audio.samples import RATE, Samples

from .processes import ChildFailed

NEEDED = ("pulseaudio", "pactl", "parec", "paplay")
_MODULES = (
    f"module-null-sink sink_name=wire rate={RATE} channels=2 channel_map=front-left,front-right",
    "module-remap-sink sink_name=mouth master=wire channels=1 channel_map=mono"
    " master_channel_map=front-left remix=no",
    "module-remap-sink sink_name=ear master=wire channels=1 channel_map=mono"
    " master_channel_map=front-right remix=no",
    "module-remap-source source_name=mic master=wire.monitor channels=1 channel_map=mono"
    " master_channel_map=front-left remix=no",
)


def missing() -> list[str]:
    """Return the needed programs that this machine lacks."""
    return [name for name in NEEDED if shutil.which(name) is None]


class SoundServer:
    """A running PulseAudio server; programs find it through ``environment``."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder = folder
        self.environment = environment

    @contextlib.contextmanager
    def recording(self) -> Iterator[Path]:
        """Record mouth and ear into a file of interleaved samples until the block ends.

        The recording also keeps the null sink at work in small steps: an idle one renders seconds
        ahead.
        """
        path = self.folder / f"wire-{time.monotonic_ns()}.raw"
        command = ["parec", "--raw", "--format=s16le", f"--rate={RATE}", "--channels=2"]
        command += ["--latency-msec=5", "-d", "wire.monitor"]
        with path.open("wb") as file, self._running(command, stdout=file):
            while path.stat().st_size == 0:
                time.sleep(0.02)
            yield path

    def play(self, path: Path) -> None:
        """Play a WAV file at the mouth, to its end."""
        command = ["paplay", "--latency-msec=500", "--device=mouth", str(path)]
        with self._running(command) as player:
            player.wait()

    @contextlib.contextmanager
    def _running(
        self, command: list[str], stdout: BinaryIO | int = subprocess.DEVNULL
    ) -> Iterator[subprocess.Popen[bytes]]:
        with _process(command, self.environment, stdout) as process:
            yield process


def channels(path: Path) -> tuple[Samples, Samples]:
    """Return the channels of mouth and ear from a recording."""
    data = path.read_bytes()
    both = np.frombuffer(data[: len(data) // 4 * 4], dtype="<i2").reshape(-1, 2)
    both = (both / np.float32(32768)).astype(np.float32)
    return both[:, 0].copy(), both[:, 1].copy()


@contextlib.contextmanager
def sound_server() -> Iterator[SoundServer]:
    """Run a PulseAudio server until the block ends."""
    # Short: the name of a Unix socket may have no more than 107 bytes.
    with tempfile.TemporaryDirectory(prefix="pulse") as name:
        folder = Path(name)
        socket = folder / "native"
        environment = {
            "PULSE_SERVER": f"unix:{socket}",
            "PULSE_RUNTIME_PATH": name,
            "PULSE_COOKIE": str(folder / "cookie"),
            "HOME": name,
        }
        command = ["pulseaudio", "-n", "--daemonize=no", "--use-pid-file=no"]
        command += ["--exit-idle-time=-1", "--disable-shm=yes", "--system=false"]
        command += [f"--load=module-native-protocol-unix socket={socket} auth-anonymous=1"]
        command += [f"--load={module}" for module in _MODULES]
        with _process(command, environment | {"XDG_RUNTIME_DIR": name}) as server:
            while subprocess.run(
                ["pactl", "info"], env=os.environ | environment, capture_output=True
            ).returncode:
                if server.poll() is not None:
                    raise ChildFailed("pulseaudio ended at once")
                time.sleep(0.05)
            yield SoundServer(folder, environment)


@contextlib.contextmanager
def _process(
    command: list[str], environment: dict[str, str], stdout: BinaryIO | int = subprocess.DEVNULL
) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        command,
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(3)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
