"""The pauses between attempts to connect again."""

from __future__ import annotations

import random

FIRST = 0.2
MOST = 3.0
PATIENCE = 300.0
LATER = 30.0
SETTLED = 5.0
"""Seconds in a room after which the pauses start again from the shortest, so that a server that
lets somebody in and throws them out again is not tried in a rush."""


class Backoff:
    """The pauses between attempts: they double from 0.2 s to 3 s for five minutes, then are 30 s.

    Full jitter spreads the clients of a server that comes back (Brooker, "Exponential backoff and
    jitter", 2015). Times are seconds, monotonic.
    """

    def __init__(self, now: float, draw: random.Random | None = None) -> None:
        self._began = now
        self._ceiling = FIRST
        self._draw = draw or random.Random()

    def pause(self, now: float) -> float:
        """Return the seconds to wait before the next attempt."""
        if now - self._began > PATIENCE:
            return LATER
        pause = self._draw.uniform(0, self._ceiling)
        self._ceiling = min(MOST, self._ceiling * 2)
        return pause
