"""How long to hold a speaker's packets back: learnt from how late they come.

The lateness of a packet is its transit over that of the fastest packets around it. What a delay of
x costs is x itself and, weighed, the share of packets later than x; the delay is where that is
least. So a tail of rare late packets is not waited for, a delay that would cost little more is
taken, and one stall, which makes twenty packets late, is no reason to be late from then on, while
three within seconds are. NetEQ (WebRTC) weighs reordered packets so (``ReorderOptimizer``).

A route that changes is no jitter: packets are compared with the fastest of the two seconds before
and of the two seconds after them, whichever was slower; until the latter are known, with the
fastest of the last two seconds. So a longer route is waited for at once, and forgotten as jitter.

All times here are integers in samples of 48 kHz, exact however far a hostile clock has jumped.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from .samples import BLOCK, RATE

_STEP: Final = RATE // 1000  # width of a bucket: 1 ms
_BUCKETS: Final = 500  # up to 500 ms
_PHASES: Final = BLOCK // _STEP  # buckets from one whole block to the next
_NEAR: Final = 100  # packets among which the fastest is sought: two seconds of frames of 20 ms
_LOSS_COSTS: Final = 2000.0  # ms of delay as bad as concealing everything: 20 for 1 %, as in NetEQ
_WORTHWHILE: Final = 4.0  # ms of cost that another delay has to spare
_AT_ONCE: Final = 5  # packets that may wait to be weighed, if none of them is late
_FORGET: Final = 1.0 - 1.0 / 1000  # per packet: 20 s of speech
FIRST_GUESS: Final = 0.040
"""Seconds of lateness supposed before anything is known: half a second of a little delay harms less
than the first word chopped."""
_WILD: Final = RATE * 5  # a clock that jumped; a connection that stalls so long is closed

_DELAYS: npt.NDArray[np.float64] = np.arange(_BUCKETS, dtype=np.float64)


class DelayEstimator:
    """Turns the lateness of packets into the delay that costs least (in samples)."""

    def __init__(self, first_guess: float = FIRST_GUESS) -> None:
        """Make one that supposes ``first_guess`` seconds of lateness until it knows better."""
        self._transits = np.zeros(_NEAR, np.int64)  # a ring, newest at _newest
        self._fastest = np.zeros(_NEAR, np.int64)  # of the packets up to that one
        self._arrivals = np.zeros(_NEAR, np.int64)  # since the first of them
        self._counts = np.ones(_NEAR, np.bool_)
        self._uncounted = 0  # of them
        self._newest = -1
        self._known = 0  # packets in the rings
        self._settled = np.zeros(_BUCKETS)
        self._settled[_bucket(round(first_guess * RATE))] = 0.5
        self._cost = _DELAYS.copy()
        self._best: list[int] = []  # blocks of the best delay, for each phase in buckets
        self._origin = 0  # arrival minus media time of the first packet; the rings count from it
        self._began = 0  # when the first packet arrived
        self._base = 0
        self._is_weighed = False
        self._unweighed = 0  # packets since what delays cost was worked out
        self._chosen = 0

    @property
    def is_known(self) -> bool:
        """Whether anything is known of the sender's clock."""
        return self._known > 0

    @property
    def base(self) -> int:
        """Arrival minus media time of the fastest recent packet."""
        return self._origin + self._base

    def delay_for(self, phase: int) -> int:
        """Return the best delay among those that are ``phase`` samples over a whole block.

        Delays come in steps of a block, since sound is taken in blocks: within a block nothing is
        gained by waiting longer. ``phase`` itself is kept if the best is hardly better.
        """
        blocks, first = divmod(phase, BLOCK)
        if not self._is_weighed:
            self._weigh()
        bucket = first // _STEP
        best = self._best[bucket]
        if 0 <= blocks < _BUCKETS // _PHASES and blocks != best:
            cost = self._cost[bucket + _PHASES * blocks]
            if cost - self._cost[bucket + _PHASES * best] < _WORTHWHILE:
                best = blocks
        self._chosen = first + BLOCK * best
        return self._chosen

    def is_wild(self, arrival: int, media_time: int) -> bool:
        """Whether the packet's clock is unrelated to that of the packets before it."""
        return self._known > 0 and abs(arrival - media_time - self.base) > _WILD

    def restart(self) -> None:
        """Forget the sender's clock (it jumped), keep what is known about the network."""
        self._known = 0

    def observe(self, arrival: int, media_time: int, counts: bool) -> None:
        """Take a packet.

        ``counts`` is false for one that its sender had held back (the pre-roll of a talk spurt):
        it tells about the clock, not about the network.
        """
        if self._known == 0:
            self._newest = -1
            self._origin, self._began = arrival - media_time, arrival
        transit = arrival - media_time - self._origin
        self._newest = at = (self._newest + 1) % _NEAR
        if self._known == _NEAR:
            if self._counts[at]:
                self._settle(int(self._transits[at] - max(self._fastest[at], self._base)))
        else:
            self._known += 1
        self._transits[at] = transit
        self._arrivals[at] = arrival - self._began
        self._uncounted += int(self._counts[at]) - int(counts)
        self._counts[at] = counts
        self._base = int(np.minimum.reduce(self._transits[: self._known]))
        self._fastest[at] = self._base
        self._unweighed += 1
        if self._unweighed >= _AT_ONCE or transit - self._base > self._chosen:
            self._is_weighed = False

    def excuse(self, since: int) -> None:
        """Count no packet that arrived after ``since``: nobody looked when it really came."""
        self._counts[self._arrivals > since - self._began] = False
        self._uncounted = _NEAR - int(self._counts.sum())
        self._is_weighed = False

    def _settle(self, lateness: int) -> None:
        self._settled *= _FORGET
        self._settled[_bucket(lateness)] += 1.0

    def _weigh(self) -> None:
        """Work out what each delay costs, by milliseconds, and which are best."""
        recent = self._transits - np.maximum(self._fastest, self._base)
        if self._uncounted or self._known < _NEAR:
            recent = recent[: self._known][self._counts[: self._known]]
        buckets = np.minimum(-(-recent // _STEP), _BUCKETS - 1)
        covered = (self._settled + np.bincount(buckets, minlength=_BUCKETS)).cumsum()
        self._cost = _DELAYS - covered * (_LOSS_COSTS / covered[-1])
        self._best = self._cost.reshape(-1, _PHASES).argmin(axis=0).tolist()
        self._is_weighed = True
        self._unweighed = 0


def _bucket(lateness: int) -> int:
    """Return the least delay in buckets that is enough for a packet so late."""
    return min(max(-(-lateness // _STEP), 0), _BUCKETS - 1)
