"""The pace of a worker's loop: what comes within a moment is served in one pass.

A pass costs the same for one frame as for several, and where processes share a room each of them
wakes up for what one alone would serve at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import trio

PACE_SECONDS = 0.005
"""Seconds from one wake-up to the next at least. Voice is so much later at the most, and rounds of
bundles, which take half as long as in one process, save more. Less than what makes a pass late."""


class LoopPace(trio.abc.Instrument):
    """Lets Trio's loop sleep on when it has woken up a moment ago.

    Deadlines are kept, and work that is left goes on; who comes first after a pause waits for
    nothing.
    """

    def __init__(
        self,
        now: Callable[[], float] = time.perf_counter,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._now = now
        self._sleep = sleep
        self._woke_at = float("-inf")
        self._slept = False

    def before_io_wait(self, timeout: float) -> None:
        """Sleep for the rest of the moment; ``timeout`` is 0 where work is left."""
        self._slept = timeout > 0
        left = min(timeout, self._woke_at + PACE_SECONDS - self._now())
        if left > 0:
            self._sleep(left)

    def after_io_wait(self, timeout: float) -> None:
        """Note when the loop wakes up."""
        if self._slept:
            self._woke_at = self._now()
