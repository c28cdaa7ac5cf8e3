"""The round trips of voice frames that a server sends back. Times are seconds, monotonic."""

from __future__ import annotations

from collections import deque
from typing import Final

LOST_AFTER: Final = 2.0
"""Seconds after which a frame counts as lost."""
_KEPT: Final = 500  # round trips, ten seconds of speech


class RoundTrips:
    """Counts the frames that went out and came back, and how long they took."""

    def __init__(self) -> None:
        self._out: dict[int, float] = {}
        self._trips: deque[float] = deque(maxlen=_KEPT)
        self.back = 0
        """Frames that came back."""
        self.lost = 0
        """Frames that did not, within two seconds."""

    def sent(self, sequence: int, now: float) -> None:
        """Note that a frame went out."""
        while self._out and now - next(iter(self._out.values())) > LOST_AFTER:
            del self._out[next(iter(self._out))]
            self.lost += 1
        self._out[sequence] = now

    def came_back(self, sequence: int, now: float) -> bool:
        """Note that a frame came back; return False if none like it is out."""
        sent_at = self._out.pop(sequence, None)
        if sent_at is None:
            return False
        self._trips.append(now - sent_at)
        self.back += 1
        return True

    @property
    def middle_ms(self) -> float | None:
        """The median of the last ten seconds of speech, in ms; None before there is one."""
        return _ms(sorted(self._trips)[len(self._trips) // 2]) if self._trips else None

    @property
    def worst_ms(self) -> float | None:
        """The longest of them, in ms."""
        return _ms(max(self._trips)) if self._trips else None


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)
