"""The server's time of day, which never goes back and never jumps."""

from __future__ import annotations

import time

import trio


class Clock:
    """Seconds since 1970 as of the start, going on monotonically."""

    def __init__(self) -> None:
        self._offset = time.time() - trio.current_time()

    def now(self) -> float:
        """Seconds since 1970."""
        return trio.current_time() + self._offset
