"""The pace of a worker's loop: what comes within a moment is served in one pass.

A pass costs the same for one frame as for several, and where processes share a room each of them
wakes up for what one alone would serve at once.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import trio

PACE_SECONDS = 0.004
"""Seconds from one wake-up to the next at least. Voice is so much later at the most, and rounds of
bundles, which take half as long as in one process, save more. Less than what makes a pass late."""


class PacedClock(trio.abc.Clock, trio.abc.Instrument):
    """Trio's clock, which lets the loop sleep on when it has woken up a moment ago.

    Deadlines are kept, and work that is left goes on; who comes first after a pause waits for
    nothing. ``trio.run`` takes it as its clock and as an instrument.
    """

    def __init__(
        self,
        now: Callable[[], float] = time.perf_counter,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._now = now
        self._sleep = sleep
        # As with Trio's own clock: far from 0, and not to be mistaken for another process's.
        self._offset = random.uniform(10_000, 200_000)
        self._woke_at = float("-inf")
        self._waits = False

    def start_clock(self) -> None:
        """Do nothing: it runs already."""

    def current_time(self) -> float:
        """Return the time in seconds, monotonic."""
        return self._offset + self._now()

    def deadline_to_sleep_time(self, deadline: float) -> float:
        """Sleep for the rest of the moment, and return the seconds that are left to wait.

        Trio asks for them right before it waits, and only where no task can go on. As they are
        told after the sleep, it waits no longer than until the deadline.
        """
        self._waits = True
        now = self.current_time()
        left = min(deadline - now, self._woke_at + PACE_SECONDS - now)
        if left > 0:
            self._sleep(left)
        return deadline - self.current_time()

    def after_io_wait(self, timeout: float) -> None:
        """Note when the loop wakes up; where work was left it has not slept."""
        if self._waits:
            self._woke_at = self.current_time()
        self._waits = False
