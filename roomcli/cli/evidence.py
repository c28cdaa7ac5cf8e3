"""The voice that goes with a report: who spoke when, and all speakers mixed into one sound."""

from __future__ import annotations

import os
import threading
import time
import wave
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..audio.devices import open_output
from ..audio.limiter import Limiter
from ..audio.opus import Decoder
from ..audio.samples import BLOCK, FRAME, RATE, Samples, silence
from ..errors import AudioError, ProtocolError
from ..protocol.audio import BundleEntry, Flags, decode_bundle, join_entries, unwrap

if TYPE_CHECKING:
    from server.store.reports import Frame

PAUSE = 0.7
"""Seconds of silence after which a speaker has stopped speaking."""
_ASTRAY = 2 * RATE
"""Samples by which a frame's own time may differ from when it was forwarded."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A stretch of speech of one speaker; times are seconds since the evidence began."""

    speaker: str
    begins: float
    ends: float


@dataclass(slots=True)
class _Run:
    """Frames of one speaker whose media times belong together; times are in samples."""

    slot: tuple[int, int]
    began: int
    first: int
    payloads: dict[int, bytes] = field(default_factory=dict)
    lead: int = 0

    def append(self, at: int, entry: BundleEntry) -> bool:
        """Add a frame that was forwarded at ``at``. Return False if it is not part of this run."""
        media = unwrap(entry.media_time, 32, self.first + at - self.began)
        behind = (at - self.began) - (media - self.first)
        if (
            self.slot != (entry.slot, entry.generation)
            or Flags.DISCONTINUITY in entry.flags
            or abs(behind) > _ASTRAY
        ):
            return False
        self.payloads[media] = entry.payload
        # No frame is forwarded before it was said: the least delayed one says when the run began.
        self.lead = min(self.lead, behind)
        return True

    def place(self, media: int) -> int:
        """Return the position of a frame in the mixed sound, in samples."""
        return max(0, self.began + self.lead + media - self.first)


class ReportedVoice:
    """The frames of a report, sorted by who spoke them."""

    def __init__(self, frames: Iterable[Frame]) -> None:
        self._runs: dict[str, list[_Run]] = {}
        for frame in frames:
            at = frame.at * RATE // 1000
            try:
                (entry,) = decode_bundle(join_entries(0, [frame.entry])).entries
            except (ProtocolError, ValueError):  # a frame that was broken on disk
                continue
            runs = self._runs.setdefault(frame.speaker, [])
            if not (runs and runs[-1].append(at, entry)):
                slot = (entry.slot, entry.generation)
                runs.append(_Run(slot, at, entry.media_time, {entry.media_time: entry.payload}))

    def turns(self) -> list[Turn]:
        """Return who spoke when, the earliest first."""
        turns: list[Turn] = []
        for speaker, runs in self._runs.items():
            places = sorted(run.place(media) / RATE for run in runs for media in run.payloads)
            begins = ends = places[0]
            for place in places:
                if place - ends > PAUSE:
                    turns.append(Turn(speaker, begins, ends))
                    begins = place
                ends = place + FRAME / RATE
            turns.append(Turn(speaker, begins, ends))
        return sorted(turns, key=lambda turn: (turn.begins, turn.speaker))

    def mixed(self) -> Samples:
        """Mix all speakers into float32 samples at 48 kHz, within ±1.

        Raises AudioError without libopus.
        """
        parts = [part for runs in self._runs.values() for run in runs for part in _decoded(run)]
        length = max((place + len(pcm) for place, pcm in parts), default=0)
        mix = silence(-(-length // BLOCK) * BLOCK)
        for place, pcm in parts:
            mix[place : place + len(pcm)] += pcm
        limiter = Limiter()
        blocks = [limiter.process(block) for block in mix.reshape(-1, BLOCK)]
        return np.concatenate(blocks) if blocks else mix


def write_wav(sound: Samples, path: Path) -> None:
    """Write a WAV file that only its owner can read. Raises AudioError."""
    data = np.rint(np.clip(sound, -1.0, 1.0) * 32767.0).astype("<i2").tobytes()
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file, wave.open(file, "wb") as recording:
            recording.setnchannels(1)
            recording.setsampwidth(2)
            recording.setframerate(RATE)
            recording.writeframes(data)
    except OSError as error:
        raise AudioError(f"cannot write {path}: {error.strerror or error}") from None


def play(sound: Samples, speaker: str | None) -> None:
    """Play ``sound`` to its end on the device that ``speaker`` names. Raises AudioError."""
    device = open_output(speaker)
    woken = threading.Event()
    try:
        device.start(woken.set)
        written = 0
        while written < len(sound) or device.ring.fill:
            written += device.ring.write(sound[written : written + device.ring.free])
            woken.clear()
            woken.wait(0.1)
            if failed := device.check(time.monotonic()):
                raise AudioError(failed)
        time.sleep(device.latency)  # the device still plays what has left the ring
    finally:
        device.close()


def _decoded(run: _Run) -> Iterable[tuple[int, Samples]]:
    """Decode the frames of a run and yield each with its position; missing frames are left out."""
    decoder = Decoder()
    try:
        for media in sorted(run.payloads):
            try:
                yield run.place(media), decoder.decode(run.payloads[media])
            except AudioError:  # listeners could not decode it either
                continue
    finally:
        decoder.close()
