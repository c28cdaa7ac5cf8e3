"""Mixes the speakers of a room into one signal."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable
from typing import Final

import numpy as np

from .delay import FIRST_GUESS
from .jitter import JitterBuffer, JitterStats, VoiceDecoder
from .levels import Meter, decibels
from .opus import Decoder
from .samples import BLOCK, RATE, Samples, silence

_KNEE: Final = 10.0 ** (-3.0 / 20.0)  # below this nothing is touched
_HEARD: Final = -90.0  # dBov: what a decoder makes of silence is fainter, and nobody hears it
_LASTS: Final = 0.3  # seconds for which who was heard counts as heard, over the gaps of speech
_RELEASE: Final = 1.0 - float(np.exp(-BLOCK / RATE / 0.2))  # a gain that was lowered: 200 ms
_ALPHA: Samples = np.linspace(0.0, 1.0, BLOCK, endpoint=False, dtype=np.float32)


class Limiter:
    """Keeps a signal within ±1: its gain falls at once and rises slowly.

    Blocks whose peak stays below -3 dBFS pass unchanged, bit for bit, unless a block just before
    was louder. The gain moves along a ramp within a block; until it has arrived, what exceeds the
    knee is bent by a curve without a corner, so that there is no click.
    """

    def __init__(self) -> None:
        self._gain = 1.0

    def process(self, block: Samples) -> Samples:
        """Return the 480 samples of ``block``, limited to ±1."""
        peak = float(np.max(np.abs(block)))
        # The mean of knee and full scale: loud blocks keep some of their loudness.
        wanted = min(1.0, (_KNEE + 1.0) / 2.0 / peak) if peak > 0.0 else 1.0
        before = self._gain
        if wanted < before:
            self._gain = wanted
        else:
            self._gain = before + (wanted - before) * _RELEASE
            if self._gain > 0.999:
                self._gain = 1.0
        if before == 1.0 and self._gain == 1.0 and peak <= _KNEE:
            return block
        ramped = block * (before + (self._gain - before) * _ALPHA)
        return _bend(ramped.astype(np.float32))


class Mixer:
    """The speakers of one room, each with a jitter buffer and a gain.

    ``pull`` is called by the playout every 10 ms; all methods by one thread.
    """

    def __init__(self, decoder: Callable[[], VoiceDecoder] = Decoder) -> None:
        self._decoder = decoder
        self._speakers: dict[Hashable, _Speaker] = {}
        self._leaving: list[_Speaker] = []
        self._limiter = Limiter()
        self.first_guess = FIRST_GUESS
        """Seconds by which the packets of somebody new are supposed to be late."""

    def __contains__(self, speaker: Hashable) -> bool:
        return speaker in self._speakers

    def buffer_of(self, speaker: Hashable, gain: float = 1.0) -> JitterBuffer:
        """Return the jitter buffer of ``speaker``, made if needed, to push packets into.

        A known speaker keeps buffer and gain. Raises AudioError without libopus.
        """
        if speaker not in self._speakers:
            self._speakers[speaker] = _Speaker(
                JitterBuffer(self._decoder(), self.first_guess), gain
            )
        return self._speakers[speaker].buffer

    def remove(self, speaker: Hashable) -> None:
        """Remove ``speaker``; the sound fades within the next block. Unknown ones are ignored."""
        gone = self._speakers.pop(speaker, None)
        if gone is not None:
            gone.gain = 0.0
            self._leaving.append(gone)

    def set_gain(self, speaker: Hashable, gain: float) -> None:
        """Set the gain from the next block on (0.0 silent, 1.0 as sent); ignores unknown ones."""
        if speaker in self._speakers:
            self._speakers[speaker].gain = gain

    def pull(self, now: float) -> Samples:
        """Return the next 10 ms of all speakers, float32[480] within ±1."""
        mix = silence(BLOCK)
        for speaker in self._leaving:
            mix += speaker.pull(now)
            speaker.buffer.close()
        self._leaving.clear()
        for speaker in self._speakers.values():
            mix += speaker.pull(now)
        return self._limiter.process(mix)

    def stood_still(self, now: float, missing: int) -> None:
        """Note that this machine stood still until ``now``; see ``JitterBuffer.stood_still``."""
        for speaker in self._speakers.values():
            speaker.buffer.stood_still(now, missing)

    def levels(self, now: float) -> dict[Hashable, int]:
        """Return who is heard at this moment and how loud, in dBov, for a meter.

        The level is measured on the played sound, whatever the packets declare.
        """
        return {
            name: round(speaker.meter.level)
            for name, speaker in self._speakers.items()
            if now - speaker.heard_at < _LASTS
        }

    def false_levels(self) -> set[Hashable]:
        """Return the speakers whose packets declare false levels."""
        return {
            name for name, speaker in self._speakers.items() if speaker.buffer.declared.are_false
        }

    def stats(self) -> dict[Hashable, JitterStats]:
        """Return the statistics of each speaker's jitter buffer."""
        return {name: speaker.buffer.stats() for name, speaker in self._speakers.items()}

    def close(self) -> None:
        """Free all decoders."""
        for speaker in [*self._speakers.values(), *self._leaving]:
            speaker.buffer.close()
        self._speakers.clear()
        self._leaving.clear()


class _Speaker:
    def __init__(self, buffer: JitterBuffer, gain: float) -> None:
        self.buffer = buffer
        self.gain = gain
        self.meter = Meter()
        self.heard_at = -math.inf
        self._applied = gain

    def pull(self, now: float) -> Samples:
        block = self._scaled(self.buffer.pull(now))
        self.meter.update(block)
        if decibels(block) > _HEARD:
            self.heard_at = now
        return block

    def _scaled(self, block: Samples) -> Samples:
        before, self._applied = self._applied, self.gain
        if before == self.gain == 1.0:
            return block
        return (block * (before + (self.gain - before) * _ALPHA)).astype(np.float32)


def _bend(block: Samples) -> Samples:
    """Leave samples below the knee, and bend the rest towards ±1 with a continuous slope."""
    over = np.abs(block) - _KNEE
    bent = _KNEE + (1.0 - _KNEE) * np.tanh(np.maximum(over, 0.0) / (1.0 - _KNEE))
    return np.where(over > 0.0, np.sign(block) * bent, block).astype(np.float32)
