"""One stereo null sink of a PulseAudio server that is both mouth and ear.

``mouth`` plays on its left channel and ``mic`` is what that channel says; ``ear`` plays on its
right one. So one recording of the sink has both ends, sample by sample, in one clock.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from roomcli.audio.samples import RATE, Samples

from .sound_server import SoundServer

MODULES = (
    f"module-null-sink sink_name=wire rate={RATE} channels=2 channel_map=front-left,front-right",
    "module-remap-sink sink_name=mouth master=wire channels=1 channel_map=mono"
    " master_channel_map=front-left remix=no",
    "module-remap-sink sink_name=ear master=wire channels=1 channel_map=mono"
    " master_channel_map=front-right remix=no",
    "module-remap-source source_name=mic master=wire.monitor channels=1 channel_map=mono"
    " master_channel_map=front-left remix=no",
)


@contextlib.contextmanager
def recording(sounds: SoundServer) -> Iterator[Path]:
    """Record mouth and ear into a file of interleaved samples until the block ends.

    It also keeps the null sink at work in small steps: an idle one renders seconds ahead.
    """
    path = sounds.folder / f"wire-{time.monotonic_ns()}.raw"
    path.touch()
    with sounds.recording("wire", path, "--raw", "--channels=2", "--latency-msec=5"):
        while path.stat().st_size == 0:
            time.sleep(0.02)
        yield path


def channels(path: Path) -> tuple[Samples, Samples]:
    """What mouth and ear said, from a recording."""
    data = path.read_bytes()
    both = np.frombuffer(data[: len(data) // 4 * 4], dtype="<i2").reshape(-1, 2)
    both = (both / np.float32(32768)).astype(np.float32)
    return both[:, 0].copy(), both[:, 1].copy()
