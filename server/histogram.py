"""How long something took, counted by steps: cheap enough for every round of a room's voice."""

from __future__ import annotations

from bisect import bisect_left

BOUNDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
"""Upper ends of the steps in seconds; what takes longer is in one step more."""


class Histogram:
    """Counts of durations by :data:`BOUNDS`; all of its numbers only grow."""

    __slots__ = ("counts", "total")

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS) + 1)
        """The number of durations in each step alone, not in those below as well."""
        self.total = 0.0
        """The sum of all durations in seconds."""

    def observe(self, seconds: float) -> None:
        """Count one duration; one below zero, as of a clock that was read twice, counts as zero."""
        seconds = max(0.0, seconds)
        self.counts[bisect_left(BOUNDS, seconds)] += 1
        self.total += seconds
