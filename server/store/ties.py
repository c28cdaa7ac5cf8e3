"""The ties of people: whom and what they follow, and whom they block."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Protocol, get_args

from ..changes import Changes

TieKind = Literal["follows", "community", "blocks"]
TIE_KINDS: tuple[TieKind, ...] = get_args(TieKind)


class Ties(Protocol):
    """All ties, by the ids of people and communities; they are in memory."""

    @property
    def changes(self) -> Changes[str]:
        """Tells of each target that somebody is tied to, or no longer, by who made the tie."""

    @property
    def elsewhere(self) -> Changes[str]:
        """Tells of each tie that another server changed, by who made it, and its target."""

    def __len__(self) -> int:
        """Return how many ties there are, of all kinds."""

    def made_by(self, person: str, kind: TieKind) -> Mapping[str, float]:
        """Return the targets of somebody's ties of one kind, and since when; the oldest first."""

    def tied_to(self, target: str, kind: TieKind) -> frozenset[str]:
        """Return the people who have such a tie to this person or community."""

    def tie(self, person: str, kind: TieKind, target: str, at: float) -> None:
        """Save a tie; one that is there stays as it is."""

    def untie(self, person: str, kind: TieKind, target: str) -> None:
        """Delete a tie, if it is there."""
