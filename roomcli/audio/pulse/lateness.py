"""How late a device's callbacks come, counted without making anything new in them. Pure."""

from __future__ import annotations

from typing import Final

_MOST: Final = 250  # ms; what is later counts as that
_MEMORY: Final = 64  # callbacks from which the usual time between two is learnt
_LONGEST: Final = 0.1  # seconds between two that may be usual


class Lateness:
    """A histogram of lateness: how much longer ago than usual the callback before was."""

    def __init__(self) -> None:
        self._counts = [0] * (_MOST + 1)
        self._called_at = self._usual = 0.0

    def note_call(self, now: float) -> float:
        """Note a callback; return by how many seconds it is late."""
        before, self._called_at = self._called_at, now
        if not before:
            return 0.0
        gap = min(now - before, _LONGEST)
        self._usual += (gap - self._usual) / _MEMORY if self._usual else gap
        late = max(now - before - self._usual, 0.0)
        self._counts[min(int(late * 1000 + 0.5), _MOST)] += 1
        return late

    def pause(self) -> None:
        """Note that the next callback is not due at any time: the stream begins anew."""
        self._called_at = self._usual = 0.0

    def quantile(self, share: float) -> int:
        """Return the lateness in ms that this share of all callbacks did not exceed; 0 of none."""
        left = share * sum(self._counts)
        for late, count in enumerate(self._counts):
            left -= count
            if left <= 0:
                return late
        return _MOST
