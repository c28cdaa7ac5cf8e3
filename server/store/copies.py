"""Copies of the store from before its tables were changed, for a way back to an older roomcli."""

from __future__ import annotations

from typing import Protocol

KEEP_COPY = 7 * 24 * 3600.0
"""Seconds that a copy is kept: what is deleted from the store itself is still in it."""


class Copies(Protocol):
    """The copies that the store made of itself."""

    async def forget_old(self, now: float) -> None:
        """Delete the copies that were made ``KEEP_COPY`` ago."""
