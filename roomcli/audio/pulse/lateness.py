"""How late a device's callbacks come, counted without making anything new in them. Pure."""

from __future__ import annotations

from typing import Final

_MOST: Final = 250  # ms; what is later counts as that


class Lateness:
    """A histogram of callbacks' lateness: how much longer than due the one before was ago."""

    def __init__(self) -> None:
        self._counts = [0] * (_MOST + 1)
        self._called_at = 0.0

    def note_call(self, now: float, due: float) -> None:
        """Note a callback at ``now`` that was due ``due`` seconds after the one before."""
        if self._called_at:
            late = int((now - self._called_at - due) * 1000 + 0.5)
            self._counts[min(max(late, 0), _MOST)] += 1
        self._called_at = now

    def pause(self) -> None:
        """Note that the next callback is not due at any time: the stream begins anew."""
        self._called_at = 0.0

    def quantile(self, share: float) -> int:
        """Return the lateness in ms that this share of all callbacks did not exceed; 0 of none."""
        left = share * sum(self._counts)
        for late, count in enumerate(self._counts):
            left -= count
            if left <= 0:
                return late
        return _MOST
