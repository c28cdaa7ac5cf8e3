"""Brings every voice to about the same loudness, slowly, so that nobody shouts or whispers."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from ..levels import SILENCE, decibels
from ..samples import BLOCK, RAMP, RATE, Samples

TARGET: Final = -20.0
"""The active speech level that is aimed at, in dBov (ITU-T P.56)."""
_MOST: Final = 26.0  # dB up
_LEAST: Final = -16.0  # dB, down
_SPEED: Final = 6.0 * BLOCK / RATE  # dB a block
_TOLERANCE: Final = 1.5  # dB in which the gain is let be
_LOUDEST_NOISE: Final = -50.0  # dBov that the gain may make of what is between the words
_MARGIN: Final = 15.9  # dB under the level that still count as speech (P.56)
_FIRST: Final = 20  # active blocks after which the first level is believed
_MEMORY: Final = 300  # active blocks, 3 s
_PROBABLE: Final = 0.5


class Leveller:
    """A gain that follows the level of the speech, at 6 dB a second, while somebody speaks.

    Between the words it stands still: noise is not pumped up. What would exceed full scale is
    caught by WebRTC's limiter.
    """

    delay: Final = 0

    def __init__(self) -> None:
        from pywebrtc_audio import GainController, VoiceDetector

        self._detector = VoiceDetector(RATE)
        self._limiter = GainController(RATE, adaptive_digital=False)
        self._power = 0.0  # mean of the active blocks
        self._active = 0
        self._noise = float(SILENCE)
        self.gain = 0.0
        """The gain in dB."""

    def process(self, block: Samples) -> Samples:
        """Return the next block, float32[480], at its level."""
        before = self.gain
        self._learn(block)
        first, last = _factor(before), _factor(self.gain)
        gain = last if first == last else first + (last - first) * RAMP
        return self._limiter.process(block * gain).astype(np.float32, copy=False)

    def _learn(self, block: Samples) -> None:
        level = decibels(block)
        probable = self._detector.process(block) > _PROBABLE
        speech = 10.0 * math.log10(self._power) if self._power else level
        if not probable or level < speech - _MARGIN:
            if level < self._noise or not probable:
                self._noise += (level - self._noise) * 0.02
            return
        self._active += 1
        share = 1.0 / min(self._active, _MEMORY)
        self._power += (10.0 ** (level / 10.0) - self._power) * share
        if self._active < _FIRST:
            return
        wanted = TARGET - 10.0 * math.log10(self._power)
        wanted = min(max(wanted, _LEAST), _MOST, max(_LOUDEST_NOISE - self._noise, 0.0))
        if abs(wanted - self.gain) > _TOLERANCE or wanted < self.gain:
            self.gain += min(max(wanted - self.gain, -_SPEED), _SPEED)


def _factor(decibels: float) -> np.float32:
    return np.float32(10.0 ** (decibels / 20.0))
