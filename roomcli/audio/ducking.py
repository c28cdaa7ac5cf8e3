"""Lowers what somebody plays while anybody speaks, so that every word is understood.

The gain moves along slopes that are straight in decibels: down quickly, so that the first word is
over the music; up slowly, and only after a pause that is longer than those between words, so that
it does not pump.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from .samples import RATE, Samples

DEPTH: Final = 15.0  # dB by which it is lowered
ATTACK: Final = 0.15  # seconds in which it falls by all of that
HOLD: Final = 1.0  # seconds without speech until it rises again
RELEASE: Final = 2.0  # seconds in which it rises again


class Ducking:
    """The gain of what is played; time is counted in the samples that pass."""

    def __init__(self) -> None:
        self.lowered = 0.0
        """By how many dB the sound is lowered now: 0 to ``DEPTH``."""
        self._quiet = HOLD  # seconds since somebody spoke

    def process(self, block: Samples, *, speech: bool) -> Samples:
        """Return the next block at its gain; ``speech`` is whether anybody speaks at this time."""
        seconds = len(block) / RATE
        self._quiet = 0.0 if speech else self._quiet + seconds
        before = self.lowered
        if speech:
            self.lowered = min(before + seconds * DEPTH / ATTACK, DEPTH)
        elif self._quiet > HOLD:
            self.lowered = max(before - seconds * DEPTH / RELEASE, 0.0)
        if before == self.lowered == 0.0:
            return block
        slope = np.linspace(before, self.lowered, len(block), endpoint=False)
        return (block * 10.0 ** (slope / -20.0)).astype(np.float32)
