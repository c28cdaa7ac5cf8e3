"""The table of open rooms."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import msgspec.structs

from roomcli.errors import StoreError
from roomcli.protocol.text import cleaned, is_room_name

from ...rooms.rules.kept import KeptRoom
from ...rooms.rules.participants import KeptInvite
from ..rooms import KeptRole
from .database import Database, decoded
from .people import PeopleTable
from .saving import saving
from .seats import SeatTable

CheckRows = Callable[[str, str, float], Awaitable[None]]
"""What raises StoreError where rows of a room are damaged: of its name, owner, and opening."""

_TYPES: dict[str, Any] = {each.name: each.type for each in msgspec.structs.fields(KeptRoom)}
_COLUMNS = {name: name for name in _TYPES} | {"room_invites": "links"}
"""The column of each field; one more field needs one more column, and nothing here."""
_SAVE = saving("rooms", *_COLUMNS.values())
_ROLES = (
    "SELECT rooms.name, opened_at, owner = ?, role FROM rooms"
    " LEFT JOIN seats ON seats.room = rooms.name AND seats.key = ?"
    " WHERE owner = ? OR role IS NOT NULL"
)
_OWN_TYPES = (str, float, bool)


class RoomTable:
    """Keeps the open rooms, to restore them after a restart."""

    def __init__(
        self,
        database: Database,
        seats: SeatTable,
        people: PeopleTable,
        check_rows: CheckRows,
    ) -> None:
        self._database = database
        self._seats = seats
        self._people = people
        self._check_rows = check_rows

    async def names(self) -> list[str]:
        names: set[Any] = set()
        faults: list[StoreError] = []
        # If a page of the table is damaged, the index still has the names in it.
        for where in ("INDEXED BY sqlite_autoindex_rooms_1", "NOT INDEXED"):
            try:
                rows = await self._database.query(f"SELECT name FROM rooms {where}")
                names |= {name for (name,) in rows}
            except StoreError as fault:
                faults.append(fault)
        if len(faults) == 2:
            raise faults[0]
        found = {name for name in names if isinstance(name, str) and is_room_name(name)}
        for name in names - found:
            text = f"a room whose name cannot be read is left out: {cleaned(repr(name), 80)}"
            self._database.tell_admin("room_unreadable", text)
        return sorted(found)

    async def load(self, name: str) -> KeptRoom:
        rows = await self._database.query(
            f"SELECT {', '.join(_COLUMNS.values())} FROM rooms WHERE name = ?", (name,)
        )
        if not rows:
            raise StoreError("its row is missing")
        row = dict(zip(_COLUMNS, rows[0], strict=True))
        if row["access"] not in ("open", "invite"):
            raise StoreError("who may enter it cannot be read")
        if row["settings"] != "{}":  # rooms from before there were logs have "{}"
            [(entries,)] = await self._database.query(
                "SELECT count(*) FROM moderation_log WHERE room = ? AND opened_at = ?",
                (name, row["opened_at"]),
            )
            if not entries:
                raise StoreError("its moderation log is missing")
        return KeptRoom(**{name: _from_column(name, value) for name, value in row.items()})

    async def roles_of(self, key: str) -> list[KeptRole]:
        rows = await self._database.query(_ROLES, (key, key, key))
        return [KeptRole(room, at, bool(is_owner), role) for room, at, is_owner, role in rows]

    async def check(self, room: KeptRoom) -> None:
        self._seats.check(room.name)
        await self._check_rows(room.name, room.owner, room.opened_at)

    async def read_anew(self, name: str) -> None:
        await self._seats.read_anew(name)
        await self._people.read_anew(name)
        self._seats.check(name)

    def save(self, room: KeptRoom) -> None:
        values = tuple(_to_column(name, getattr(room, name)) for name in _COLUMNS)
        self._database.enqueue(_SAVE, values)

    def end(self, name: str) -> None:
        with self._database.transaction():
            self._database.enqueue("DELETE FROM rooms WHERE name = ?", (name,))
            self._seats.forget_room(name)
            self._database.enqueue("DELETE FROM chat WHERE room = ?", (name,))


def _to_column(name: str, value: Any) -> Any:
    """Return what a column holds of a field: the types of columns as they are, the rest as JSON."""
    if name == "room_invites":
        value = list(value.values())  # each has its id
    return value if _TYPES[name] in _OWN_TYPES else msgspec.json.encode(value).decode()


def _from_column(name: str, value: Any) -> Any:
    if name == "room_invites":
        return {each.invite.id: each for each in decoded(value, tuple[KeptInvite, ...])}
    if _TYPES[name] is bool:
        return bool(value)
    return value if _TYPES[name] in _OWN_TYPES else decoded(value, _TYPES[name])
