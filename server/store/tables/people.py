"""The table of people, by their keys."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Any

from roomcli.errors import StoreError
from roomcli.protocol.people import Person

from ..people import KEEP_PERSON, MAX_PASSING
from .changed import ChangedKeys, KeyedRows, differences
from .database import ALL, Database

_ROWS = KeyedRows("people", "key", "id, name, headline, seen_at")
_COLUMNS = f"{_ROWS.key}, {_ROWS.others}"
_SAVE = (
    f"INSERT INTO people ({_COLUMNS}) VALUES (?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE"
    # An id never changes: of two servers that meet somebody at once, the first gives it.
    " SET name = excluded.name, headline = excluded.headline, seen_at = excluded.seen_at"
)
_PASSING = (
    "SELECT key FROM people WHERE key NOT IN (SELECT key FROM seats)"
    " AND key NOT IN (SELECT key FROM bans) AND key NOT IN (SELECT key FROM silences)"
    " AND key NOT IN (SELECT owner FROM rooms) AND key NOT IN (SELECT id FROM keyrings)"
    " AND id NOT IN (SELECT person FROM profiles)"
    " AND id NOT IN (SELECT person FROM ties) AND id NOT IN (SELECT target FROM ties)"
    " AND id NOT IN (SELECT"
    " coalesce(json_extract(message, '$.person'), '') FROM chat WHERE json_valid(message))"
    " AND id NOT IN (SELECT person FROM community_people)"
    " AND id NOT IN (SELECT person FROM calendar_named)"
    " AND id NOT IN (SELECT person FROM calendar_answers)"
    " AND id NOT IN (SELECT person FROM calendar_people)"
    " AND id NOT IN (SELECT person FROM claims)"
)
"""The people whom nothing names."""
_OF_ROOM = (
    f"SELECT {_COLUMNS} FROM people WHERE key IN (SELECT key FROM seats WHERE room = ?)"
    " OR key IN (SELECT owner FROM rooms WHERE name = ?) OR id IN (SELECT"
    " coalesce(json_extract(message, '$.person'), '') FROM chat"
    " WHERE room = ? AND json_valid(message))"
)
"""The people whom a room names."""
_TOO_OLD = f"{_PASSING} AND seen_at <= ?"
_TOO_MANY = f"{_PASSING} ORDER BY seen_at DESC LIMIT {ALL} OFFSET ?"
_FORGET = "DELETE FROM people WHERE key = ? AND seen_at = ?"
_SEEN_AGAIN = 3600.0
"""Seconds after which it is worth a write that somebody was seen again."""
_CROWD = 5000
"""The number of new people that make a crowd."""
_MAX_NEW = 10_000
"""The most ids that are remembered of people who are not saved."""
_ID_BYTES = 8


@dataclass(frozen=True)
class _Known:
    id: str
    name: str
    headline: str
    seen_at: float


class PeopleTable:
    """The people; they are in memory too, since each newcomer is looked up.

    Several servers make the same id of a key, by a secret that they share: ``id_secret``.
    """

    def __init__(self, database: Database, id_secret: bytes | None = None) -> None:
        self._database = database
        self._id_secret = id_secret
        self._known: dict[str, _Known] = {}
        self._keys: dict[str, str] = {}  # by id
        self._new: dict[str, str] = {}
        self._newly_saved = 0

    async def load(self) -> None:
        """Load everybody who can be read; others have a new id when they come again."""
        try:
            rows = await self._database.query(f"SELECT {_COLUMNS} FROM people")
        except StoreError as error:
            rows = []
            text = f"the people whom this server knew cannot be read, they have new ids: {error}"
            self._database.tell_admin("people_unreadable", text)
        for row in rows:
            self._remember(*row)

    async def read_anew(self, room: str) -> None:
        """Read again those whom a room names. Raises StoreError."""
        for key, *rest in await self._database.query(_OF_ROOM, (room,) * 3):
            before = self._known.get(key)
            if before is not None:
                del self._keys[before.id]
            self._new.pop(key, None)
            self._remember(key, *rest)

    def id_of(self, key: str) -> str:
        known = self._known.get(key)
        if known is not None:
            return known.id
        id = self._new.pop(key, None)
        if id is None:
            while len(self._new) >= _MAX_NEW:
                del self._new[next(iter(self._new))]
            id = self._new_id(key)
        self._new[key] = id  # as the last: who is asked for again stays, whoever comes by new keys
        return id

    def _new_id(self, key: str) -> str:
        if self._id_secret is None:
            return secrets.token_hex(_ID_BYTES)
        return hmac.digest(self._id_secret, key.encode(), hashlib.sha256)[:_ID_BYTES].hex()

    async def refresh(self, changed: ChangedKeys) -> None:
        async for key, before, now in differences(
            self._database, _ROWS, changed.ids("people"), self._known, lambda _, *row: _Known(*row)
        ):
            if before is not None:
                del self._keys[self._known.pop(key).id]
            if now is not None:
                self._new.pop(key, None)
                self._remember(key, now.id, now.name, now.headline, now.seen_at)

    def find(self, id: str) -> Person | None:
        key = self._keys.get(id, "")
        known = self._known.get(key)
        return Person(id, known.name, known.headline, key) if known is not None else None

    def save(self, person: Person, now: float) -> None:
        before = self._known.get(person.key)
        known = _Known(person.id, person.name, person.headline, now)
        if (
            before is not None
            and (known.name, known.headline) == (before.name, before.headline)
            and now - before.seen_at < _SEEN_AGAIN
        ):
            return
        self._newly_saved += before is None
        self._new.pop(person.key, None)
        self._remember(person.key, known.id, known.name, known.headline, known.seen_at)
        self._database.enqueue(
            _SAVE,
            (person.key, known.id, known.name, known.headline, known.seen_at),
        )

    @property
    def is_crowded(self) -> bool:
        return self._newly_saved >= _CROWD

    async def forget_passing(self, now: float) -> None:
        self._newly_saved = 0
        before = dict(self._known)
        keys = {
            key
            for query in ((_TOO_OLD, (now - KEEP_PERSON,)), (_TOO_MANY, (MAX_PASSING,)))
            for (key,) in await self._database.query(*query)
        }
        for key in keys:
            # Who was seen meanwhile is named by a seat again.
            if key in before and self._known.get(key) is before[key]:
                known = self._known.pop(key)
                del self._keys[known.id]
                # Whom another server has seen meanwhile stays: a seat there may name them.
                self._database.enqueue(_FORGET, (key, known.seen_at))

    def _remember(self, key: Any, id: Any, name: Any, headline: Any, seen_at: Any) -> None:
        self._known[key] = _Known(id, name, headline, seen_at)
        self._keys[id] = key
