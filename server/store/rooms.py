"""Open rooms, as a new run of the server opens them again."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from roomcli.protocol.people import Role

from ..rooms.rules.kept import KeptRoom


class KeptRole(NamedTuple):
    """What somebody is in a room: it is theirs, or they have a seat there."""

    room: str
    opened_at: float
    is_owner: bool
    role: Role | None
    """That of one of their seats; None without any."""


class Rooms(Protocol):
    """The open rooms; when a room ends, its seats and its chat end too."""

    async def names(self) -> list[str]:
        """Return the names of the rooms that nobody ended, in order. Raises StoreError."""

    async def load(self, name: str) -> KeptRoom:
        """Return the room as it was saved last. Raises StoreError."""

    async def roles_of(self, key: str) -> list[KeptRole]:
        """Return what somebody is in open rooms, on whichever server. Raises StoreError."""

    async def check(self, room: KeptRoom) -> None:
        """Raise StoreError if something that was kept of the room is missing or damaged.

        It compares with what was there when the store was opened: call it before the room goes on.
        """

    async def read_anew(self, name: str) -> None:
        """Read again what is in memory of a room: another server wrote it.

        Raises StoreError, also where something of it is damaged.
        """

    def save(self, room: KeptRoom) -> None:
        """Save an open room; it replaces what was saved of it before."""

    def end(self, name: str) -> None:
        """Delete a closed room with its seats and chat.

        Bans, silences, reports and the moderation log stay.
        """
