"""Tells whoever wants to hear what has changed among things of one kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

Hearer = Callable[[str, T | None, T | None], None]
"""Takes the id of a thing, what it was, and what it is now; None is not there."""


class Changes(Generic[T]):
    """All who hear of the changes of things of one kind, right after each."""

    def __init__(self) -> None:
        self._hearers: list[Hearer[T]] = []

    def hear(self, hearer: Hearer[T]) -> None:
        """Tell ``hearer`` of each change from now on. It must not raise, nor change anything."""
        self._hearers.append(hearer)

    def announce(self, id: str, before: T | None, now: T | None) -> None:
        """Tell everybody that a thing is another one now."""
        for hearer in self._hearers:
            hearer(id, before, now)
