"""How loud a block is, for the header of a packet and for a meter on a screen.

Levels are in dBov: 0 is a full-scale square wave, -3 a full-scale sine, -127 silence.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from .samples import RATE, Samples

SILENCE: Final = -127  # dBov
DEAD_LEVEL: Final = -90
"""The level, in dBov, up to which a microphone is switched off or missing. No room is so quiet:
the smallest step of 16 bits is 90 dB below the loudest sound."""

_ATTACK = 0.010  # seconds to rise by 63 %: a word is seen at once
_DECAY = 30.0  # dB a second: the fall of a peak programme meter, slow enough to be read


def decibels(block: Samples) -> float:
    """Return the RMS level of ``block`` in dBov, -127.0 (or an empty block) to 0.0."""
    if len(block) == 0:
        return float(SILENCE)
    power = float(np.dot(block, block)) / len(block)
    if not power > 10.0 ** (SILENCE / 10):  # also what is not a number
        return float(SILENCE)
    return min(10.0 * math.log10(power), 0.0)


def dbov(block: Samples) -> int:
    """Return the level of ``block`` in whole dBov, as the header of a packet has it."""
    return round(decibels(block))


class Meter:
    """A level that rises at once and falls slowly, so that an eye can follow it."""

    def __init__(self) -> None:
        self.level = float(SILENCE)
        """The level to show, in dBov: -127.0 to 0.0."""

    def update(self, heard: float, count: int) -> float:
        """Take the level of the next ``count`` samples, in dBov; return the new one."""
        seconds = count / RATE
        if heard > self.level:
            self.level += (heard - self.level) * (1.0 - math.exp(-seconds / _ATTACK))
        else:
            self.level = max(heard, self.level - _DECAY * seconds)
        return self.level
