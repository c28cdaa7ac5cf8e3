"""How much one connection may ask for."""

from __future__ import annotations


class TokenBucket:
    """Allows ``rate`` units a second and ``burst`` at once. Time is an argument, in seconds."""

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self._rate = rate
        self._burst = burst
        self._level = burst
        self._at = now

    def take(self, units: float, now: float) -> float:
        """0.0 if ``units`` may pass now, else in how many seconds they might."""
        self._level = min(self._burst, self._level + max(0.0, now - self._at) * self._rate)
        self._at = now
        if units <= self._level:
            self._level -= units
            return 0.0
        return (units - self._level) / self._rate
