"""The claims that were proven, by their ids."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from ..people.claims.state import Claim


class KeptClaims(Protocol):
    """Everybody's claims, as they are when the server starts."""

    def all_kept(self) -> Iterable[Claim]:
        """Return every claim that could be read at the start."""

    def save(self, claim: Claim) -> None:
        """Save a claim, in place of the one with the same id."""

    def remove(self, id: str) -> None:
        """Delete a claim, if there is one with this id."""
