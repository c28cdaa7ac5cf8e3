"""How early a block is mixed before the speakers take it: as late as this machine can be trusted.

What is mixed earlier than it is needed waits, and all that waiting is delay. Pure; times are in
seconds, monotonic, positions in samples since a device started.
"""

from __future__ import annotations

import math
from collections import deque
from typing import Final, Protocol

from ..audio.samples import BLOCK, RATE, TWO_BLOCKS

MOST_CUSHION: Final = 8 * BLOCK
"""Samples that may lie ready, and by which a block may be mixed too early."""
STALL_SECONDS: Final = 0.5
"""A pause of the whole machine, in seconds, against which no cushion helps."""
SETTLE_SECONDS: Final = 0.2
"""Seconds after the start, or after the cushion grew, in which underruns do not count."""
CALM_SECONDS: Final = 4.0
"""Seconds without an underrun after which what the cushion has grown by is halved."""
_GROWTH: Final = BLOCK // 4

USUAL_MARGIN: Final = 0.0075
LEAST_MARGIN: Final = 0.005
"""Seconds by which a block is mixed too early, at least: usually, and where delay counts most."""
_STEP: Final = 0.0025
_SPARE: Final = 0.002
"""Seconds beside the lateness that was seen."""
_FIRST_LATENESS: Final = 0.005
"""Lateness supposed before any was seen."""
_SECONDS: Final = 8
"""Seconds in which one that was later than the others is no reason to be early, and two are."""
_START_SECONDS: Final = 2
"""Seconds in which a take that was late does not hide when the device's period began."""


class Cushion(Protocol):
    """Decides when the next block is mixed."""

    smallest: bool
    """Whether as little as can be is to lie ready."""

    @property
    def depth(self) -> int:
        """The samples by which a block is mixed before it is needed."""

    def took(self, asked: int, at: float) -> bool:
        """Note that by this time the device had asked for so many samples in all.

        Return whether that was unforeseen, so that something may be due now.
        """

    def due(self, ready: int, asked: int) -> float:
        """Return when the next block has to be mixed, with so many samples ``ready``."""

    def needed(self, ready: int, asked: int, now: float) -> float:
        """Return when the device will take the block that is mixed now."""

    def look(self, underruns: int, due: float, now: float) -> None:
        """Adapt to the device's missing samples, ``underruns`` in all, and to this machine.

        Called whenever something may be due; ``due`` is when it was, before the device went on
        without it.
        """


class CushionOnRequest:
    """For a device that asks when it needs sound: ``least`` samples lie ready, or some more.

    It grows a little when the device had too few samples, once per cause. Such a device holds sound
    itself, and more of it when it runs dry again and again.
    """

    def __init__(self, now: float, least: int) -> None:
        self.smallest = False
        self._depth = self._least = least
        self._underruns = 0
        self._looked_at = now
        self._settled_at = now + SETTLE_SECONDS
        self._calm_since = now

    @property
    def depth(self) -> int:
        return self._depth

    def took(self, asked: int, at: float) -> bool:
        return True

    def due(self, ready: int, asked: int) -> float:
        return -math.inf if ready < self._depth else math.inf

    def needed(self, ready: int, asked: int, now: float) -> float:
        return now + ready / RATE

    def look(self, underruns: int, due: float, now: float) -> None:
        if now - self._looked_at > STALL_SECONDS:
            self._settled_at = now + SETTLE_SECONDS
        self._looked_at = now
        if underruns > self._underruns:
            self._underruns = underruns
            self._calm_since = now
            if now >= self._settled_at:
                self._settled_at = now + SETTLE_SECONDS
                self._depth = min(self._depth + _GROWTH, MOST_CUSHION)
        elif now - self._calm_since >= CALM_SECONDS:
            self._calm_since = now
            self._depth = self._least + (self._depth - self._least) // 2


class CushionInTime:
    """For a device that takes a block every 10 ms: it is mixed just before.

    When that is can be foreseen. How long before follows how late this machine was lately.
    """

    def __init__(self) -> None:
        self.smallest = False
        self._starts = _Least(_START_SECONDS)
        self._start = math.inf  # when the device would have taken a block before its first
        self._lateness = _Worst(_SECONDS, _FIRST_LATENESS)
        self._margin = USUAL_MARGIN

    @property
    def depth(self) -> int:
        return TWO_BLOCKS if self._start == math.inf else round(self._margin * RATE)

    def took(self, asked: int, at: float) -> bool:
        before = self._start
        self._starts.add(at - asked / RATE, at)
        self._start = self._starts.least
        return not before - self._start < _STEP

    def due(self, ready: int, asked: int) -> float:
        if self._start == math.inf:
            return -math.inf if ready < TWO_BLOCKS else math.inf
        if ready >= MOST_CUSHION:
            return math.inf
        return self._taken_at(asked + ready) - self._margin

    def needed(self, ready: int, asked: int, now: float) -> float:
        return now + ready / RATE if self._start == math.inf else self._taken_at(asked + ready)

    def look(self, underruns: int, due: float, now: float) -> None:
        if 0.0 <= now - due < STALL_SECONDS:
            self._lateness.add(now - due, now)
        wanted = _STEP * math.ceil((self._lateness.usual_worst(now) + _SPARE) / _STEP)
        least = LEAST_MARGIN if self.smallest else USUAL_MARGIN
        self._margin = min(max(wanted, least), MOST_CUSHION / RATE)

    def _taken_at(self, position: int) -> float:
        """Return when the device takes the block that begins at this position."""
        return self._start + (position + BLOCK) / RATE


class _Least:
    """The least of the values of the last seconds, second by second."""

    def __init__(self, seconds: int) -> None:
        self._by_second: deque[tuple[int, float]] = deque(maxlen=seconds)
        self.least = math.inf

    def add(self, value: float, now: float) -> None:
        second = math.floor(now)
        if self._by_second and self._by_second[-1][0] == second:
            self._by_second[-1] = second, min(self._by_second[-1][1], value)
        else:
            self._by_second.append((second, value))
        self.least = min(each for _, each in self._by_second)


class _Worst:
    """The worst value of each of the last seconds."""

    def __init__(self, seconds: int, first: float) -> None:
        self._seconds = seconds
        self._first = first
        self._by_second: deque[tuple[int, float]] = deque()

    def add(self, value: float, now: float) -> None:
        second = math.floor(now)
        if self._by_second and self._by_second[-1][0] == second:
            self._by_second[-1] = second, max(self._by_second[-1][1], value)
        else:
            self._by_second.append((second, value))

    def usual_worst(self, now: float) -> float:
        """Return the worst but one, or what was supposed before there are two."""
        while self._by_second and self._by_second[0][0] <= now - self._seconds:
            self._by_second.popleft()
        worst = sorted((value for _, value in self._by_second), reverse=True)
        return worst[1] if len(worst) > 1 else self._first
