"""Tells when this process stood still for a moment, by the gaps between its own wake-ups.

On a busy machine a process waits 50 to 100 ms for its turn. Packets that arrived meanwhile are read
late; that is no news of the network.
"""

from __future__ import annotations

from typing import Final

LEAST: Final = 0.03
"""Seconds between two wake-ups that are no standstill, whatever is usual."""
TIMES_USUAL: Final = 3.0
"""A gap this many times the usual one is a standstill; devices ask every 3 to 100 ms."""
MEMORY: Final = 16
"""Wake-ups over which what is usual is learnt."""
_LONGEST: Final = 0.2


class StandstillWatch:
    """Watches a task that wakes up regularly. Times are in seconds, monotonic."""

    def __init__(self, now: float) -> None:
        self._last = now
        self._usual = 0.01

    def has_stood(self, now: float) -> bool:
        """Whether the process stood still before this wake-up."""
        gap, self._last = now - self._last, now
        stood = gap > max(LEAST, TIMES_USUAL * self._usual)
        self._usual += (min(gap, _LONGEST) - self._usual) / MEMORY
        return stood
