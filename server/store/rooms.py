"""Open rooms, as a new run of the server opens them again."""

from __future__ import annotations

from typing import Protocol

from ..rooms.rules.kept import KeptRoom


class Rooms(Protocol):
    """The open rooms; when a room ends, its seats and its chat end too."""

    async def names(self) -> list[str]:
        """Return the names of the rooms that nobody ended, in order. Raises StoreError."""

    async def load(self, name: str) -> KeptRoom:
        """Return the room as it was saved last. Raises StoreError."""

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
