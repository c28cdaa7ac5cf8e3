"""Keeps sound within full scale without a click."""

from __future__ import annotations

from typing import Final

import numpy as np

from .samples import BLOCK, RAMP, RATE, Samples

_KNEE: Final = 10.0 ** (-3.0 / 20.0)  # below this nothing is touched
_RELEASE: Final = 1.0 - float(np.exp(-BLOCK / RATE / 0.2))  # a gain that was lowered: 200 ms


class Limiter:
    """Keeps a signal within ±1: its gain falls at once and rises slowly.

    Blocks whose peak stays below -3 dBFS pass unchanged, bit for bit, unless a block just before
    was louder. The gain moves along a ramp within a block; until it has arrived, what exceeds the
    knee is bent by a curve without a corner, so that there is no click.
    """

    def __init__(self) -> None:
        self._gain = 1.0

    @property
    def is_at_rest(self) -> bool:
        """Whether it lowers nothing, nor has just done so."""
        return self._gain == 1.0

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
        ramped = block * (before + (self._gain - before) * RAMP)
        return _bend(ramped.astype(np.float32))


def _bend(block: Samples) -> Samples:
    """Leave samples below the knee, and bend the rest towards ±1 with a continuous slope."""
    over = np.abs(block) - _KNEE
    bent = _KNEE + (1.0 - _KNEE) * np.tanh(np.maximum(over, 0.0) / (1.0 - _KNEE))
    return np.where(over > 0.0, np.sign(block) * bent, block).astype(np.float32)
