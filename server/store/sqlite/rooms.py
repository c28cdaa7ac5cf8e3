"""Open rooms, and the admin's invites to open more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import msgspec

from roomcli.errors import StoreError
from roomcli.protocol.people import Role
from roomcli.protocol.settings import RoomSettings
from roomcli.protocol.text import cleaned, is_room_name

from ...rooms.rules.participants import KeptInvite
from .database import decoded
from .seats import Seats
from .writer import Row


@dataclass(frozen=True, kw_only=True)
class StoredRoom:
    """A room that was open when the server stopped.

    ``owner`` is the fingerprint of the key that opened the room; ``password`` is a salted hash or
    empty.
    """

    name: str
    access: str
    locked: bool
    opened_at: float
    owner: str
    settings: RoomSettings
    password: str
    links: tuple[KeptInvite, ...]


class Rooms(Seats):
    """The tables of rooms and invites; when a room ends, its seats end too."""

    _invites: dict[str, Row]
    """Room, role and expiry of each invite, by the token's hash."""

    async def open_rooms(self) -> list[str]:
        """Return the names of the rooms that nobody ended. Raises StoreError."""
        names: set[Any] = set()
        faults: list[StoreError] = []
        # If a page of the table is damaged, the index still has the names in it.
        for where in ("INDEXED BY sqlite_autoindex_rooms_1", "NOT INDEXED"):
            try:
                names |= {name for (name,) in await self._query(f"SELECT name FROM rooms {where}")}
            except StoreError as fault:
                faults.append(fault)
        if len(faults) == 2:
            raise faults[0]
        found = {name for name in names if isinstance(name, str) and is_room_name(name)}
        for name in names - found:
            text = f"a room whose name cannot be read is left out: {cleaned(repr(name), 80)}"
            self._tell_admin("room_unreadable", text)
        return sorted(found)

    async def open_room(self, name: str) -> StoredRoom:
        """Return the room as it was when the server stopped. Raises StoreError."""
        rows = await self._query(
            "SELECT name, access, locked, opened_at, owner, settings, password, links FROM rooms"
            " WHERE name = ?",
            (name,),
        )
        if not rows:
            raise StoreError("its row is missing")
        if rows[0][1] not in ("open", "invite"):
            raise StoreError("who may enter it cannot be read")
        name, access, locked, opened_at, owner, settings, password, links = rows[0]
        if settings != "{}":  # rooms from before there were logs have "{}"
            [(entries,)] = await self._query(
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
            links=decoded(links, tuple[KeptInvite, ...]),
        )

    def save_room(self, room: StoredRoom) -> None:
        """Save an open room; it replaces what was saved of it before."""
        self._enqueue(
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
                msgspec.json.encode(room.links).decode(),
            ),
        )

    def end_room(self, name: str) -> None:
        """Delete a closed room with its seats and chat.

        Bans, reports and the moderation log stay.
        """
        self._drop_all(name)
        self._tell_all(
            ("DELETE FROM rooms WHERE name = ?", (name,)),
            ("DELETE FROM seats WHERE room = ?", (name,)),
            ("DELETE FROM chat WHERE room = ?", (name,)),
        )

    async def load_invites(self) -> None:
        """Load all invites that can be read."""
        try:
            rows = await self._query("SELECT token_hash, room, role, expires_at FROM invites")
        except StoreError as error:
            rows = []
            self._tell_admin("invites_unreadable", f"invites to open rooms are lost: {error}")
        self._invites = {row[0]: row[1:] for row in rows}

    def save_invite(self, token_hash: str, room: str, role: Role, expires_at: float) -> None:
        """Save an invite beside earlier ones; ``room`` may stand for any room."""
        self._invites[token_hash] = (room, role, expires_at)
        self._enqueue(
            "INSERT OR REPLACE INTO invites VALUES (?, ?, ?, ?)",
            (token_hash, room, role, expires_at),
        )

    def revoke_invites(self, room: str, role: Role) -> None:
        """Delete the invites to this room with this role."""
        for token_hash, invite in list(self._invites.items()):
            if invite[:2] == (room, role):
                del self._invites[token_hash]
        self._enqueue("DELETE FROM invites WHERE room = ? AND role = ?", (room, role))

    def invited_role(self, token_hash: str, room: str, now: float) -> Role | None:
        """Return the role that an invite gives in this room; None if it is not valid there."""
        where, role, expires_at = self._invites.get(token_hash, ("", "", 0.0))
        return cast(Role, role) if where == room and expires_at > now else None

    def forget_old_invites(self, now: float) -> None:
        """Delete the invites that have expired."""
        for token_hash, (_, _, expires_at) in list(self._invites.items()):
            if expires_at <= now:
                del self._invites[token_hash]
        self._enqueue("DELETE FROM invites WHERE expires_at <= ?", (now,))
