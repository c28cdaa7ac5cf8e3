"""The latest time that the server has seen, so that no clock set back begins earlier."""

from __future__ import annotations

from typing import Protocol


class LatestTime(Protocol):
    """The latest time that was saved."""

    async def load(self) -> float:
        """Return the latest time, in seconds since 1970; 0.0 if it is unknown or unreadable."""

    def save(self, now: float) -> None:
        """Save the server's time, in seconds since 1970, unless a later one is saved."""
