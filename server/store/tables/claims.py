"""The table of claims."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from roomcli.errors import StoreError

from ...changes import Changes
from ...people.claims.state import Claim
from .changed import ChangedKeys, KeyedRows, differences
from .database import Database, unpacked
from .saving import saving

_ROWS = KeyedRows("claims", "id", "claim")


class ClaimTable:
    """The claims; who has one is kept, so the person has a column."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._claims: dict[str, Claim] = {}
        self.elsewhere: Changes[Claim] = Changes()

    async def load(self) -> None:
        """Load every claim that can be read; the others can be proven again."""
        try:
            rows = await self._database.query("SELECT id, claim FROM claims")
        except StoreError as error:
            rows = []
            self._warn("the claims that people proved", error)
        for id, packed in rows:
            claim = self._claim(id, packed)
            if claim is not None:
                self._claims[claim.id] = claim

    async def refresh(self, changed: ChangedKeys) -> None:
        async for id, before, now in differences(
            *(self._database, _ROWS, changed.ids("claims"), self._claims, self._claim)
        ):
            if now is None:
                del self._claims[id]
            else:
                self._claims[id] = now
            self.elsewhere.announce(id, before, now)

    def _claim(self, id: Any, packed: Any) -> Claim | None:
        try:
            return unpacked(packed, Claim)
        except StoreError as error:
            self._warn("a claim that somebody proved", error)
            return None

    def _warn(self, what: str, error: StoreError) -> None:
        self._database.tell_admin("claims_unreadable", f"{what} cannot be read: {error}")

    def all_kept(self) -> Iterable[Claim]:
        return tuple(self._claims.values())

    def save(self, claim: Claim) -> None:
        self._claims[claim.id] = claim
        self._database.enqueue(
            saving("claims", "id", "person", "claim"),
            (claim.id, claim.person, msgspec.msgpack.encode(claim)),
        )

    def remove(self, id: str) -> None:
        self._claims.pop(id, None)
        self._database.enqueue("DELETE FROM claims WHERE id = ?", (id,))
