"""The table ``invites``: host tokens, by their hashes."""

from __future__ import annotations

from typing import Any

from roomcli.errors import StoreError

from .changed import ChangedKeys, KeyedRows, differences
from .database import Database
from .saving import saving
from .stamps import HOSTS, ChangeStamps

_ANY_ROOM, _ROLE = "*", "host"
"""What stands in the columns of a host token's row; older servers had other kinds of rows too."""
_ARE_HOSTS = f"room = '{_ANY_ROOM}' AND role = '{_ROLE}'"
_ROWS = KeyedRows("invites", "token_hash", "expires_at", _ARE_HOSTS)


class HostTokenTable:
    """The host tokens; they are in memory too, since they are looked up for every newcomer."""

    def __init__(self, database: Database, stamps: ChangeStamps) -> None:
        self._database = database
        self._stamps = stamps
        self._expiry: dict[str, float] = {}

    async def load(self) -> None:
        """Load all tokens that can be read."""
        try:
            rows = await self._database.query(
                f"SELECT token_hash, expires_at FROM invites WHERE {_ARE_HOSTS}"
            )
        except StoreError as error:
            rows = []
            text = f"invites to open rooms are lost: {error}"
            self._database.tell_admin("invites_unreadable", text)
        self._expiry = {token_hash: expires_at for token_hash, expires_at in rows}

    async def refresh(self, changed: ChangedKeys) -> None:
        async for token_hash, _, now in differences(
            self._database, _ROWS, changed.ids("invites"), self._expiry, lambda _, expiry: expiry
        ):
            if now is None:
                del self._expiry[token_hash]
            else:
                self._expiry[token_hash] = now

    def is_valid(self, token_hash: str, now: float) -> bool:
        return self._expiry.get(token_hash, 0.0) > now

    def has_any(self, now: float) -> bool:
        return any(expires_at > now for expires_at in self._expiry.values())

    def save(self, token_hash: str, expires_at: float) -> None:
        self._expiry[token_hash] = expires_at
        self._write_stamped(
            saving("invites", "token_hash", "room", "role", "expires_at"),
            (token_hash, _ANY_ROOM, _ROLE, expires_at),
        )

    def revoke_all(self) -> None:
        self._expiry.clear()
        self._write_stamped(f"DELETE FROM invites WHERE {_ARE_HOSTS}")

    def _write_stamped(self, statement: str, parameters: tuple[Any, ...] = ()) -> None:
        """Write unless another server has changed the tokens, and this one does not know it."""
        with self._database.transaction():
            self._stamps.stamp(HOSTS, _ANY_ROOM)
            self._database.enqueue(statement, parameters)

    def forget_old(self, now: float) -> None:
        for token_hash, expires_at in list(self._expiry.items()):
            if expires_at <= now:
                del self._expiry[token_hash]
        self._database.enqueue("DELETE FROM invites WHERE expires_at <= ?", (now,))
