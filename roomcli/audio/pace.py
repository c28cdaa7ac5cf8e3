"""Keeps the playout delay near its target within a talk spurt, by splicing pitch periods.

Catching up never exceeds 15 %, except in quiet sound. A few milliseconds too much are only cut
where it is quiet: a splice within speech is hardly heard, but PESQ notices it.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from .levels import decibels
from .samples import BLOCK, RATE, Samples
from .stretch import LONGEST, SHORTEST, WINDOW, best_lag, lengthen, shorten

LOOKAHEAD: Final = LONGEST + WINDOW  # samples that a splice may want to see

_TOLERANCE: Final = RATE // 200  # a delay 5 ms over the target or 10 under is let be
_HURRY: Final = RATE // 50  # one more than 20 ms over it is cut down amid speech too
_EARNED: Final = BLOCK * 15 // 100  # samples of speed-up or slow-down earned with each block: 15 %
_MEMORY: Final = 32  # blocks over which the least delay is the one that counts
_QUIET: Final = 42.0  # dB under the speaker's own level: may be cut out at any place
_HUSH: Final = -65.0  # dBov under which anything may


class Pace:
    """The pace of one speaker. ``excess`` is always delay minus target, in samples."""

    def __init__(self) -> None:
        self._excesses: deque[int] = deque(maxlen=_MEMORY)  # each plus _shift at that time
        self._shift = 0  # net samples left out since the spurt began
        self._credit = 0  # samples that may be left out or doubled now
        self._hurrying = False
        self._loudness = -40.0  # dBov of this speaker's louder packets

    def begin_spurt(self) -> None:
        """Begin a talk spurt, whose delay is unrelated to that of the one before."""
        self._excesses.clear()
        self._shift = 0
        self._credit = 0
        self._hurrying = False

    def learn_level(self, pcm: Samples) -> None:
        """Learn how loud the speaker is, from each packet decoded."""
        self._loudness = max(decibels(pcm), self._loudness - len(pcm) / RATE)

    def skipped(self, count: int) -> None:
        """Note that the buffer left out ``count`` samples, or put them in if negative."""
        self._shift += count

    def needed(self, excess: int) -> int:
        """Return the samples to correct now that a block with ``excess`` is due: 0 for nothing.

        The least excess of the last third of a second counts, since blocks may be pulled in bursts
        and the earliest of a burst is the one that must not find the buffer empty.
        """
        self._excesses.append(excess + self._shift)
        least = min(self._excesses) - self._shift
        self._credit = min(self._credit + _EARNED, LONGEST)
        if -2 * _TOLERANCE <= least <= _TOLERANCE:
            self._hurrying = False
            return 0
        self._hurrying = self._hurrying or least > _HURRY
        return least

    def splice(self, pcm: Samples, excess: int) -> Samples:
        """Return ``pcm`` shortened (lengthened for a negative ``excess``) by at most one splice."""
        longest = min(LONGEST, abs(excess), len(pcm) - WINDOW)
        if longest < SHORTEST:
            return pcm
        quiet = self.is_quiet(pcm[: longest + WINDOW])
        if quiet and excess > 0:
            return self._shortened(pcm, longest)
        longest = min(longest, self._credit)
        if longest < SHORTEST or (excess > 0 and not self._hurrying):
            return pcm
        lag, likeness = best_lag(pcm, longest)
        if not quiet and likeness < _needed_likeness(excess):
            return pcm
        self._credit -= lag
        if excess > 0:
            return self._shortened(pcm, lag)
        self._shift -= lag
        return lengthen(pcm, lag)

    def is_quiet(self, pcm: Samples) -> bool:
        """Whether nothing is said in ``pcm``, measured against this speaker's level."""
        return decibels(pcm) < max(_HUSH, self._loudness - _QUIET)

    def quiet_beginning(self, pcm: Samples) -> int:
        """Return how many samples at the beginning of ``pcm`` are quiet, in steps of 2.5 ms."""
        count = 0
        while count + SHORTEST <= len(pcm) and self.is_quiet(pcm[count : count + SHORTEST]):
            count += SHORTEST
        return count

    def _shortened(self, pcm: Samples, lag: int) -> Samples:
        self._shift += lag
        return shorten(pcm, lag)


def _needed_likeness(excess: int) -> float:
    """Return how alike two periods must be for a splice: less for a longer delay."""
    if excess > RATE * 150 // 1000:
        return 0.3
    if excess > RATE * 50 // 1000:
        return 0.6
    return 0.85
