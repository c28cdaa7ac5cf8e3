"""Notices that the machine, or this process, was stopped for a while."""

from __future__ import annotations

LATE = 3.0
"""Seconds by which a beat may come late on a busy machine."""
JUMP = 5.0
"""Seconds by which the wall clock may run ahead of the monotonic one when it is corrected."""


class SleepWatch:
    """Detects sleep by two clocks; to be asked at every beat.

    A stopped process is late by the monotonic clock. While the machine sleeps, the monotonic clock
    may stand still, but the wall clock does not. A wall clock that was set back proves nothing.

    ``interval`` is the time between two beats; all times are in seconds.
    """

    def __init__(self, interval: float, monotonic: float, wall: float) -> None:
        self._interval = interval
        self._monotonic = monotonic
        self._wall = wall

    def has_slept(self, monotonic: float, wall: float) -> bool:
        """Whether the machine or process slept since the last beat."""
        passed = monotonic - self._monotonic
        jumped = wall - self._wall - passed
        self._monotonic, self._wall = monotonic, wall
        return passed - self._interval > LATE or jumped > JUMP
