"""How much sound a stream asks the sound server to hold: little, and more where that runs dry.

Pure; times are in seconds, monotonic.
"""

from __future__ import annotations

from collections import deque
from typing import Final

LEAST: Final = 0.010
MOST: Final = 0.160
ALLOWED: Final = 2
"""How often a stream may run dry within a minute before it holds more."""
_MINUTE: Final = 60.0
_EPISODE: Final = 0.2
"""Seconds within which running dry again is the same stall of the machine."""
SETTLE: Final = 0.5
"""Seconds after a beginning, a move or a change of size in which running dry does not count."""


class BufferSize:
    """The seconds of sound that one stream asks for."""

    def __init__(self, seconds: float = LEAST) -> None:
        self.seconds = seconds
        self._dry: deque[float] = deque(maxlen=ALLOWED)
        self._settled_at = 0.0
        self._last = float("-inf")

    def settle(self, now: float) -> None:
        """Note that the stream begins, or that its buffer is a new one."""
        self._settled_at = now + SETTLE
        self._dry.clear()

    def run_dry(self, now: float) -> bool:
        """Note that the stream ran dry; return whether the size has grown for it."""
        goes_on = now - self._last < _EPISODE
        self._last = now
        if goes_on or now < self._settled_at:
            return False
        self._dry.append(now)
        if len(self._dry) < ALLOWED or now - self._dry[0] > _MINUTE or self.seconds >= MOST:
            return False
        self.seconds = min(2 * self.seconds, MOST)
        self.settle(now)
        return True
