"""Mixes several channels into one, without letting them cancel each other.

The plain mean loses 6 dB of a person who stands on one side, and everything where a cable or a
microphone inverted one channel. So inverted channels are turned back, and the mix is made as loud
as its loudest channel.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from .samples import Samples

_NEW: Final = 0.2  # a block's share of what is known of the channels: some 50 ms of 10 ms blocks
_SILENT: Final = 1e-10  # power, -100 dB: such a block says nothing about the channels
_TURN: Final = 0.3  # correlation beyond which a sign is turned, or turned back

Matrix = npt.NDArray[np.float64]


class Mixdown:
    """Mixes blocks of one source of ``channels``; give it 5 to 20 ms at a time."""

    def __init__(self, channels: int) -> None:
        self._channels = channels
        self._covariance: Matrix | None = None
        self._signs = np.ones(channels)
        self._weights: Samples | None = None

    def mix(self, block: Samples) -> Samples:
        """Mix ``block``, float32[n, channels], into float32[n]."""
        if self._channels == 1 or len(block) == 0:
            return np.ascontiguousarray(block[:, 0])
        before = self._weights
        self._weigh(block)
        after = self._weights
        if after is None:
            return np.asarray(block.mean(axis=1), dtype=np.float32)
        if before is None or np.array_equal(before, after):
            mixed = block @ after
        else:
            ramp = np.linspace(0.0, 1.0, len(block), endpoint=False, dtype=np.float32)
            mixed = block @ before + ramp * (block @ (after - before))
        return np.asarray(np.clip(mixed, -1.0, 1.0), dtype=np.float32)

    def _weigh(self, block: Samples) -> None:
        now = (block.T @ block).astype(np.float64) / len(block)
        if not now.trace() > _SILENT:  # also what is not a number
            return
        known = self._covariance
        self._covariance = now if known is None else known + _NEW * (now - known)
        self._weights = self._balanced(self._covariance).astype(np.float32)

    def _balanced(self, covariance: Matrix) -> Matrix:
        """Return one weight per channel, with its sign, so that the loudest sets the level."""
        powers = covariance.diagonal()
        loudest, *others = np.argsort(-powers)
        mix = np.zeros(self._channels)
        mix[loudest] = self._signs[loudest]
        for each in others:
            together = np.sqrt(powers[each] * (mix @ covariance @ mix))
            correlation = covariance[each] @ mix / max(together, 1e-20)
            if abs(correlation) > _TURN:
                self._signs[each] = np.sign(correlation)
            mix[each] = self._signs[each]
        level = np.sqrt(powers[loudest] / max(mix @ covariance @ mix, 1e-20))
        return np.asarray(mix * min(level, 1.0))
