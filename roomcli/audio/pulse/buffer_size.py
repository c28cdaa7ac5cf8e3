"""How much sound a stream asks the sound server to hold: little, and more while that runs dry.

Pure; times are in seconds, monotonic.
"""

from __future__ import annotations

from collections import deque
from typing import Final

LEAST: Final = 0.0125
"""Two periods of 5 ms, one of the card's and one that waits for it, and two steps beside them.

With 11 ms there were more gaps.
"""
MOST: Final = 0.160
_GROWTH: Final = 1.5
MOST_STEPS: Final = 7
"""How often it may grow until it is the most."""
ALLOWED: Final = 2
"""How often a stream may run dry within a minute, on a quiet machine, before it holds more."""
_MINUTE: Final = 60.0
IN_TIME: Final = 0.002
"""Seconds; a later callback tells of a busy machine: on a quiet one 99.9 % are up to 1 ms late."""
IDLE: Final = 0.1
"""The share of its CPU time that a quiet machine has left at least."""
QUIET: Final = 6.0
"""Seconds without late callbacks, a full CPU or a dry stream: then the machine is quiet."""
STEP: Final = 1.0
"""Seconds from one smaller size to the next while that lasts."""
CALM: Final = 120.0
"""Seconds without running dry after which a busy machine, too, is tried with less; twice as long
each time that was too little, and then for a quiet one as well."""
LONGEST_CALM: Final = 600.0
_EPISODE: Final = 0.2
"""Seconds within which running dry again is the same stall of the machine."""
SETTLE: Final = 0.5
"""Seconds after a beginning, a move or a change of size in which running dry does not count."""


remembered: dict[str, int] = {}
"""How often the buffers for sinks have grown, by the sinks' ids, those changed last at the end."""


def remember(id: str, grown: int) -> None:
    """Note what a sink has turned out to need: its next stream begins with that."""
    remembered.pop(id, None)
    remembered[id] = grown


class BufferSize:
    """The seconds of sound that one stream asks for."""

    def __init__(self, step: int = 0) -> None:
        self.grown = step
        """How often it has grown, less how often it has shrunk."""
        self.gaps = 0
        """How often it ran dry, but for while it settled."""
        self._dry: deque[float] = deque(maxlen=ALLOWED)
        self._settled_at = 0.0
        self._last = self._shrunk_at = self._late_at = float("-inf")
        self._calm_since = 0.0
        self._calm = CALM
        self._too_small = -1  # the largest size that ran dry soon after it had shrunk to that

    @property
    def seconds(self) -> float:
        """All that the server is to hold."""
        return min(LEAST * _GROWTH**self.grown, MOST)

    @property
    def period(self) -> float:
        """The seconds of sound that are to go to a card, or come from it, at a time."""
        return self.seconds * 0.4

    @property
    def step(self) -> float:
        """The least that is to be asked for at a time, and is enough to begin.

        PulseAudio gives a card half of what two steps leave of the whole: one period.
        """
        return self.seconds * 0.1

    def settle(self, now: float) -> None:
        """Note that the stream begins, or that its buffer is a new one."""
        self._settled_at = now + SETTLE
        self._dry.clear()

    def run_dry(self, now: float) -> bool:
        """Note that the stream ran dry; return whether the size has grown for it.

        On a quiet machine a size may once a minute, but for one that was tried less than a minute
        ago; on a busy one the next time is near.
        """
        goes_on = now - self._last < _EPISODE
        self._last = self._calm_since = now
        if goes_on or now < self._settled_at:
            return False
        self.gaps += 1
        self._dry.append(now)
        is_tried = now - self._shrunk_at < _MINUTE
        is_often = len(self._dry) == ALLOWED and now - self._dry[0] <= _MINUTE
        is_busy = now - self._late_at < QUIET
        if not (is_tried or is_often or is_busy) or self.seconds >= MOST:
            return False
        if is_tried:
            self._too_small = max(self._too_small, self.grown)
            self._calm = min(2 * self._calm, LONGEST_CALM)
            self._shrunk_at = float("-inf")
        self.grown += 1
        self.settle(now)
        return True

    def note_lateness(self, late: float, now: float) -> None:
        """Note that a callback came ``late`` seconds late: how far the machine can be trusted."""
        if late > IN_TIME:
            self._late_at = now

    def note_idleness(self, share: float, now: float) -> None:
        """Note which share of the machine's CPU time was idle; a full one is late at any moment."""
        if share < IDLE:
            self._late_at = now

    def relax(self, now: float) -> bool:
        """Return whether the size has shrunk, since the stream has not run dry for long.

        On a quiet machine it is not that long; what was too small once is tried again with patience
        only.
        """
        if not self._calm_since:
            self._calm_since = self._late_at = now
        calm = now - self._calm_since
        trusted = now - max(self._late_at, self._last) >= QUIET and calm >= STEP
        is_quiet = trusted and self.grown - 1 > self._too_small
        if not self.grown or not (is_quiet or calm >= self._calm):
            return False
        self.grown -= 1
        self._shrunk_at = self._calm_since = now
        self.settle(now)
        return True
