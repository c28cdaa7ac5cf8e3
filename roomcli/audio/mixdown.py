"""Mixes several channels into one, without letting them cancel each other.

The plain mean loses 6 dB of a person who stands on one side, and everything where a cable or a
microphone inverted one channel. So inverted channels are turned back, and the mix is made as loud
as its loudest channel.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from .samples import Samples, silence

_NEW: Final = 0.2  # a block's share of what is known of the channels: some 50 ms of 10 ms blocks
_SILENT: Final = 1e-10  # power, -100 dB: such a block says nothing about the channels
_TURN: Final = 0.3  # correlation beyond which a sign is turned, or turned back
_LEAST: Final = 1e-20  # power


class Mixdown:
    """Mixes blocks of one source of ``channels``; give it 5 to 20 ms at a time.

    ``mix_into`` makes no arrays while blocks have one length, so that a card's callback may call
    it: what it computes with lies ready.
    """

    def __init__(self, channels: int) -> None:
        self._channels = channels
        self._is_known = False  # whether there was any sound to learn the covariance from
        self._covariance = silence(channels * channels).reshape(channels, channels)
        self._now = self._covariance.copy()
        self._signs = [1.0] * channels
        self._order = list(range(channels))
        self._mix = [0.0] * channels
        self._weights = np.full(channels, 1.0 / channels, dtype=np.float32)
        self._before = self._weights.copy()
        self._step = silence(channels)
        self._ramp = self._change = silence(0)

    def mix(self, block: Samples) -> Samples:
        """Mix ``block``, float32[n, channels], into float32[n]."""
        mono = np.empty(len(block), dtype=np.float32)
        self.mix_into(block, mono)
        return mono

    def mix_into(self, block: Samples, mono: Samples) -> None:
        """Mix ``block``, float32[n, channels], C order, into ``mono``, float32[n]."""
        if self._channels == 1 or len(block) == 0:
            mono[:] = block[:, 0]
            return
        was_known = self._is_known
        self._before[:] = self._weights
        self._weigh(block)
        np.subtract(self._weights, self._before, out=self._step)
        if was_known and np.dot(self._step, self._step) > 0.0:
            if len(self._ramp) != len(block):
                self._ramp = np.linspace(0.0, 1.0, len(block), endpoint=False, dtype=np.float32)
                self._change = silence(len(block))
            np.dot(block, self._before, out=mono)
            np.dot(block, self._step, out=self._change)
            np.multiply(self._change, self._ramp, out=self._change)
            np.add(mono, self._change, out=mono)
        else:
            np.dot(block, self._weights, out=mono)
        np.minimum(mono, 1.0, out=mono)
        np.maximum(mono, -1.0, out=mono)

    def _weigh(self, block: Samples) -> None:
        """Learn how loud and how alike the channels are; weigh them by it."""
        np.dot(block.T, block, out=self._now)
        np.divide(self._now, len(block), out=self._now)
        power = sum(float(self._now[each, each]) for each in self._order)
        if not _SILENT < power < math.inf:  # also what is not a number
            return
        if self._is_known:
            np.subtract(self._now, self._covariance, out=self._now)
            np.multiply(self._now, _NEW, out=self._now)
            np.add(self._covariance, self._now, out=self._covariance)
        else:
            self._is_known = True
            self._covariance[:] = self._now
        self._balance()

    def _balance(self) -> None:
        """Set one weight per channel, with its sign, so that the loudest sets the level.

        The channels are few: numbers are added up one by one.
        """
        known, signs, mix = self._covariance, self._signs, self._mix
        order = self._order
        order.sort(key=self._power, reverse=True)
        loudest = order[0]
        most = self._power(loudest)
        for each in order:
            mix[each] = 0.0
        mix[loudest] = signs[loudest]
        power = most  # of the mix so far
        for each in order[1:]:
            own = self._power(each)
            product = 0.0  # of the channel with the mix so far
            for other in order:
                if mix[other]:
                    product += float(known[each, other]) * mix[other]
            correlation = product / max(math.sqrt(own * power), _LEAST)
            if abs(correlation) > _TURN:
                signs[each] = math.copysign(1.0, correlation)
            mix[each] = signs[each]
            power = max(power + 2.0 * signs[each] * product + own, 0.0)
        share = min(math.sqrt(most / max(power, _LEAST)), 1.0)
        for each in order:
            self._weights[each] = mix[each] * share

    def _power(self, channel: int) -> float:
        return float(self._covariance[channel, channel])
