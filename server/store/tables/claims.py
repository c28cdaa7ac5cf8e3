"""The table of claims."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from roomcli.errors import StoreError

from ...people.claims.state import Claim
from .database import Database, unpacked
from .saving import saving


class ClaimTable:
    """The claims; who has one is kept, so the person has a column."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._loaded: list[Claim] = []

    async def load(self) -> None:
        """Load every claim that can be read; the others can be proven again."""
        try:
            rows = await self._database.query("SELECT claim FROM claims")
        except StoreError as error:
            rows = []
            self._warn("the claims that people proved", error)
        for (packed,) in rows:
            try:
                self._loaded.append(unpacked(packed, Claim))
            except StoreError as error:
                self._warn("a claim that somebody proved", error)

    def _warn(self, what: str, error: StoreError) -> None:
        self._database.tell_admin("claims_unreadable", f"{what} cannot be read: {error}")

    def all_kept(self) -> Iterable[Claim]:
        return tuple(self._loaded)

    def save(self, claim: Claim) -> None:
        self._database.enqueue(
            saving("claims", "id", "person", "claim"),
            (claim.id, claim.person, msgspec.msgpack.encode(claim)),
        )

    def remove(self, id: str) -> None:
        self._database.enqueue("DELETE FROM claims WHERE id = ?", (id,))
