"""Open rooms, as a new run of the server opens them again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from roomcli.protocol.settings import RoomSettings

from ..rooms.rules.participants import KeptInvite


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
    invites: tuple[KeptInvite, ...]


class Rooms(Protocol):
    """The open rooms; when a room ends, its seats and its chat end too."""

    async def names(self) -> list[str]:
        """Return the names of the rooms that nobody ended, in order. Raises StoreError."""

    async def load(self, name: str) -> StoredRoom:
        """Return the room as it was saved last. Raises StoreError."""

    async def check(self, room: StoredRoom) -> None:
        """Raise StoreError if something that was kept of the room is missing or damaged.

        It compares with what was there when the store was opened: call it before the room goes on.
        """

    def save(self, room: StoredRoom) -> None:
        """Save an open room; it replaces what was saved of it before."""

    def end(self, name: str) -> None:
        """Delete a closed room with its seats and chat.

        Bans, silences, reports and the moderation log stay.
        """
