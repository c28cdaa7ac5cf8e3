"""What one side has sent and the other has not said to have."""

from __future__ import annotations

import math

_SPACING = 0.25  # seconds: of what is sent within, the first stands for all
_KEPT = 16  # four seconds: more than it takes to judge


class Unreported:
    """Follows marks that grow (counters, media times), each with the time at which it was sent."""

    __slots__ = ("_sent", "newest")

    def __init__(self) -> None:
        self._sent: tuple[tuple[int, float], ...] = ()  # takes less memory than a deque
        self.newest = -1
        """The last mark that was sent; -1 before there is one."""

    def note_sent(self, mark: int, now: float) -> None:
        """Note that something was sent. A mark below the last one begins anew."""
        if mark < self.newest:
            self._sent = ()
        self.newest = mark
        if not self._sent or now - self._sent[-1][1] >= _SPACING:
            self._sent = (*self._sent[1 - _KEPT :], (mark, now))

    @property
    def noted_until(self) -> float:
        """Until when what is sent need not be noted."""
        return self._sent[-1][1] + _SPACING if self._sent else -math.inf

    def forget_reported(self, mark: int) -> None:
        """Note that the peer has what was sent up to this mark."""
        if mark > self.newest:
            return  # what was never sent
        while self._sent and self._sent[0][0] <= mark:
            self._sent = self._sent[1:]

    @property
    def since(self) -> float | None:
        """When the first was sent that the peer does not have; None if there is none."""
        return self._sent[0][1] if self._sent else None

    def clear(self) -> None:
        """Begin anew."""
        self._sent = ()
        self.newest = -1
