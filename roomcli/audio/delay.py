"""How long to hold a speaker's packets back: a target delay, learnt from how late they come.

The method is that of NetEQ's delay manager (WebRTC): the lateness of each packet relative to the
fastest recent one goes into a histogram that forgets exponentially (factor 0.983), and the target
is its 0.95 quantile. As in NetEQ, only the worst lateness of half a second goes in, so that the
quantile is about moments and not about packets: one stall of TCP makes twenty packets late, and is
one event.

All times here are integers in samples of 48 kHz, exact however far a hostile clock has jumped.
"""

from __future__ import annotations

from collections import deque
from typing import Final

import numpy as np

from .samples import BLOCK, RATE

_QUANTILE: Final = 0.95
_FORGET: Final = 0.983
_STEP: Final = RATE // 200  # width of a bucket: 5 ms
_BUCKETS: Final = 100  # up to 500 ms
_INTERVAL: Final = RATE // 2  # the worst of this much media time is one observation
_HISTORY: Final = 100  # packets among which the fastest is sought: two seconds of speech
_OUTLIER: Final = RATE * 120 // 1000  # lateness so far over the target is a stall, not jitter
# Lateness supposed before anything is known, 40 ms: half a second of a little delay harms less
# than the first word chopped.
_FIRST_GUESS: Final = RATE * 40 // 1000
_WILD: Final = RATE * 5  # a clock that jumped; a connection that stalls so long is closed


class DelayEstimator:
    """Turns the lateness of packets into a target delay (both in samples)."""

    def __init__(self) -> None:
        self._transits: deque[int] = deque(maxlen=_HISTORY)
        self._histogram = np.zeros(_BUCKETS)
        self._histogram[_FIRST_GUESS // _STEP] = 1.0
        self._observations = 0
        self._worst: int | None = None
        self._interval_start = 0
        self._quantile = _FIRST_GUESS

    @property
    def base(self) -> int:
        """Arrival minus media time of the fastest recent packet."""
        return min(self._transits) if self._transits else 0

    @property
    def target(self) -> int:
        """By how much a packet's sound should follow ``base``; one playout period at least.

        A period on top of the lateness: sound is taken in blocks, so that a packet must be there
        up to one block before its first sample is due.
        """
        quantile = self._quantile
        if self._observations < 3 and self._worst is not None and not self._stalled(self._worst):
            quantile = max(quantile, self._worst)  # no time to wait for statistics
        return quantile + BLOCK

    def is_wild(self, arrival: int, media_time: int) -> bool:
        """Whether the packet's clock is unrelated to that of the packets before it."""
        return bool(self._transits) and abs(arrival - media_time - self.base) > _WILD

    def restart(self) -> None:
        """Forget the sender's clock (it jumped), keep what is known about the network."""
        self._transits.clear()
        self._worst = None

    def observe(self, arrival: int, media_time: int, counts: bool) -> int:
        """Take a packet and return its lateness.

        ``counts`` is false for one that its sender had held back (the pre-roll of a talk spurt):
        it tells about the clock, not about the network.
        """
        transit = arrival - media_time
        self._transits.append(transit)
        lateness = transit - self.base
        if not counts:
            return lateness
        if self._worst is None:
            self._worst, self._interval_start = lateness, media_time
        self._worst = max(self._worst, lateness)
        if not 0 <= media_time - self._interval_start < _INTERVAL:
            self._learn(self._worst)
            self._worst = None
        return lateness

    def _learn(self, lateness: int) -> None:
        self._observations += 1
        # The first observations weigh more, as in NetEQ; but a stall is no news about jitter.
        forget = min(_FORGET, 1.0 - 2.0 / (self._observations + 1))
        if self._stalled(lateness):
            forget = _FORGET
        self._histogram *= forget
        self._histogram[min(lateness // _STEP, _BUCKETS - 1)] += 1.0 - forget
        cumulative = np.cumsum(self._histogram)
        bucket = int(np.searchsorted(cumulative, _QUANTILE * cumulative[-1]))
        # The upper edge of the bucket, but nothing where nothing is late.
        self._quantile = (bucket + 1) * _STEP if bucket else 0

    def _stalled(self, lateness: int) -> bool:
        return lateness > self._quantile + _OUTLIER
