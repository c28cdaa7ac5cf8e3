"""Keeps the playout delay near its target within a talk spurt, by splicing pitch periods.

Speech is sped up by 15 %, and by up to half where there is much to make up, as after a stall; quiet
sound is left out as it comes. Some milliseconds too much are only cut where it is quiet: a splice
within speech is hardly heard, but PESQ notices it.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from .levels import decibels
from .samples import BLOCK, RATE, Samples
from .stretch import LONGEST, SHORTEST, WINDOW, best_lag, lengthen, shorten

LOOKAHEAD: Final = LONGEST + WINDOW  # samples that a splice may want to see

_HURRY: Final = RATE // 40  # a delay 25 ms over the target is cut down amid speech too
_SLOW: Final = BLOCK * 15 // 100  # samples of speed-up or slow-down with each block: 15 %
_FAST: Final = BLOCK // 2  # the same where there is much delay to make up, as NetEQ does it
_LEISURE: Final = RATE * 30 // 1000  # excess up to which it is done slowly
_RUSH: Final = RATE * 70 // 1000  # and excess over that at which it is done fast
_MEMORY: Final = 32  # blocks over which the least delay is the one that counts
_QUIET: Final = 42.0  # dB under the speaker's own level: may be cut out at any place
_HUSH: Final = -65.0  # dBov under which anything may


class Pace:
    """The pace of one speaker. ``excess`` is always delay minus target, in samples."""

    def __init__(self) -> None:
        self._delays: deque[int] = deque(maxlen=_MEMORY)  # each plus _shift at that time
        self._shift = 0  # net samples left out since the spurt began
        self._credit = 0  # samples that may be left out or doubled now
        self._hurrying = False
        self._leap = 0  # samples that may be left out at once
        self._leap_left = 0  # blocks for which they may
        self._loudness = -40.0  # dBov of this speaker's louder packets

    def begin_spurt(self) -> None:
        """Begin a talk spurt, whose delay is unrelated to that of the one before."""
        self._delays.clear()
        self._shift = 0
        self._credit = 0
        self._hurrying = False

    def learn_level(self, pcm: Samples) -> None:
        """Learn how loud the speaker is, from each packet decoded."""
        self._loudness = max(decibels(pcm), self._loudness - len(pcm) / RATE)

    def skipped(self, count: int) -> None:
        """Note that the buffer left out ``count`` samples, or put them in if negative."""
        self._shift += count

    def least(self, delay: int) -> int:
        """Take the delay of the block that is due; return the least of the last third of a second.

        The least counts, since blocks may be pulled in bursts and the earliest of a burst is the
        one that must not find the buffer empty.
        """
        self._delays.append(delay + self._shift)
        return min(self._delays) - self._shift

    def may_leap(self, count: int) -> None:
        """Allow ``count`` samples to be left out at once, since the device missed as many."""
        self._delays.clear()  # they were before
        self._leap, self._leap_left = count, _MEMORY

    def leap(self, excess: int) -> int:
        """Return how many samples to leave out at once, given delay minus target."""
        if self._leap_left == 0:
            return 0
        self._leap_left -= 1
        count = max(min(self._leap, excess), 0)
        self._leap -= count
        return count

    def needed(self, excess: int) -> int:
        """Return the samples to correct now, given delay minus target: 0 for nothing."""
        hurry = min(max(excess - _LEISURE, 0) * (_FAST - _SLOW) // _RUSH, _FAST - _SLOW)
        self._credit = min(self._credit + _SLOW + hurry, LONGEST)
        if abs(excess) < SHORTEST:
            self._hurrying = False
            return 0
        self._hurrying = self._hurrying or excess >= _HURRY
        return excess

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
        return 0.5
    if excess > RATE * 50 // 1000:
        return 0.6
    return 0.85
