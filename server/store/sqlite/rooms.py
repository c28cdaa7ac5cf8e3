"""The table of open rooms."""

from __future__ import annotations

from typing import Any

import msgspec

from roomcli.errors import StoreError
from roomcli.protocol.settings import RoomSettings
from roomcli.protocol.text import cleaned, is_room_name

from ...rooms.rules.participants import KeptInvite
from ..rooms import StoredRoom
from .database import Database, decoded
from .seats import SeatTable
from .soundness import Soundness


class RoomTable:
    """Keeps the open rooms, to restore them after a restart."""

    def __init__(self, database: Database, seats: SeatTable, soundness: Soundness) -> None:
        self._database = database
        self._seats = seats
        self._soundness = soundness

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

    async def load(self, name: str) -> StoredRoom:
        rows = await self._database.query(
            "SELECT name, access, locked, opened_at, owner, settings, password, links FROM rooms"
            " WHERE name = ?",
            (name,),
        )
        if not rows:
            raise StoreError("its row is missing")
        if rows[0][1] not in ("open", "invite"):
            raise StoreError("who may enter it cannot be read")
        name, access, locked, opened_at, owner, settings, password, invites = rows[0]
        if settings != "{}":  # rooms from before there were logs have "{}"
            [(entries,)] = await self._database.query(
                "SELECT count(*) FROM moderation_log WHERE room = ? AND opened_at = ?",
                (name, opened_at),
            )
            if not entries:
                raise StoreError("its moderation log is missing")
        return StoredRoom(
            name=name,
            access=access,
            locked=bool(locked),
            opened_at=opened_at,
            owner=owner,
            settings=decoded(settings, RoomSettings),
            password=password,
            invites=decoded(invites, tuple[KeptInvite, ...]),
        )

    async def check(self, room: StoredRoom) -> None:
        self._seats.check(room.name)
        await self._soundness.check_room(room.name, room.owner, room.opened_at)

    def save(self, room: StoredRoom) -> None:
        self._database.enqueue(
            "INSERT OR REPLACE INTO rooms"
            " (name, access, locked, opened_at, owner, settings, password, links)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                room.name,
                room.access,
                room.locked,
                room.opened_at,
                room.owner,
                msgspec.json.encode(room.settings).decode(),
                room.password,
                msgspec.json.encode(room.invites).decode(),
            ),
        )

    def end(self, name: str) -> None:
        with self._database.transaction():
            self._database.enqueue("DELETE FROM rooms WHERE name = ?", (name,))
            self._seats.forget_room(name)
            self._database.enqueue("DELETE FROM chat WHERE room = ?", (name,))
