"""Copies of the store from before it was changed as a whole: its tables, or all by a backup."""

from __future__ import annotations

from typing import Protocol

KEEP_COPY = 7 * 24 * 3600.0
"""Seconds that a copy is kept: what is deleted from the store itself is still in it."""


class Copies(Protocol):
    """The copies that were made of the store, for a way back."""

    async def forget_old(self, now: float) -> None:
        """Delete the copies that were made ``KEEP_COPY`` ago."""
