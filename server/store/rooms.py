"""Rooms that are open, and the admin's invites to open more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import msgspec

from roomcli.protocol.people import Role
from roomcli.protocol.settings import Settings

from ..policy.state import Link
from .seats import Seats

_INVITE = "INSERT OR REPLACE INTO invites VALUES (?, ?, ?, ?)"
_REVOKE = "DELETE FROM invites WHERE room = ? AND role = ?"


@dataclass(frozen=True, kw_only=True)
class StoredRoom:
    """A room that was open when the server stopped.

    ``owner`` is the fingerprint of the key that opened it, ``password`` a salted hash or empty.
    """

    name: str
    access: str
    locked: bool
    opened_at: float
    owner: str
    settings: Settings
    password: str
    links: tuple[Link, ...]


class Rooms(Seats):
    """The tables of rooms and invites; a room ends with its seats."""

    async def open_rooms(self) -> list[StoredRoom]:
        """Rooms that nobody ended."""
        rows = await self._ask(
            "SELECT name, access, locked, opened_at, owner, settings, password, links FROM rooms"
        )
        return [
            StoredRoom(
                name=name,
                access=access,
                locked=bool(locked),
                opened_at=opened_at,
                owner=owner,
                settings=msgspec.json.decode(settings, type=Settings),
                password=password,
                links=msgspec.json.decode(links, type=tuple[Link, ...]),
            )
            for name, access, locked, opened_at, owner, settings, password, links in rows
        ]

    def save_room(self, room: StoredRoom) -> None:
        """The room is open, and as given from now on."""
        self._tell(
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
        """The room is closed: it is forgotten with its seats and chat.

        Bans, reports and the moderation log stay.
        """
        self._drop_all(name)
        self._tell_all(
            ("DELETE FROM rooms WHERE name = ?", (name,)),
            ("DELETE FROM seats WHERE room = ?", (name,)),
            ("DELETE FROM chat WHERE room = ?", (name,)),
        )

    def save_invite(self, token_hash: str, room: str, role: Role, expires_at: float) -> None:
        """An invite beside earlier ones; ``room`` may stand for any."""
        self._tell(_INVITE, (token_hash, room, role, expires_at))

    def revoke_invites(self, room: str, role: Role) -> None:
        """Invites there with this role stop working."""
        self._tell(_REVOKE, (room, role))

    async def invited_role(self, token_hash: str, room: str, now: float) -> Role | None:
        """The role that this invite gives there; None when it is no good. Raises StoreError."""
        rows, unwritten = await self._ask_all(
            "SELECT * FROM invites WHERE token_hash = ?", (token_hash,)
        )
        for statement, parameters in unwritten:
            if statement == _INVITE and parameters[0] == token_hash:
                rows = [parameters]
            elif statement == _REVOKE:
                rows = [row for row in rows if row[1:3] != parameters]
        good = [role for _, where, role, until in rows if where == room and until > now]
        return cast(Role, good[0]) if good else None
