"""The claims that were proven, by their ids."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from ..changes import Changes
from ..people.claims.state import Claim


class KeptClaims(Protocol):
    """Everybody's claims; they are in memory too."""

    @property
    def elsewhere(self) -> Changes[Claim]:
        """Tells of each claim that another server changed, by its id."""

    def all_kept(self) -> Iterable[Claim]:
        """Return every claim that could be read."""

    def save(self, claim: Claim) -> None:
        """Save a claim, in place of the one with the same id."""

    def remove(self, id: str) -> None:
        """Delete a claim, if there is one with this id."""
