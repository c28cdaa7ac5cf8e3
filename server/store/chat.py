"""Chat messages of open rooms."""

from __future__ import annotations

from typing import Protocol

from roomcli.protocol.chat import ChatMessage


class Chats(Protocol):
    """The chat of all rooms; a room's messages are deleted when it ends."""

    async def of_room(self, room: str) -> list[ChatMessage]:
        """Return the messages that the room remembers, the oldest first.

        Raises StoreError, also when some are missing.
        """

    async def newest_number(self, room: str) -> int:
        """Return the number of the newest message, removed or not; 0 before the first.

        Raises StoreError.
        """

    def save(self, room: str, message: ChatMessage) -> None:
        """Save a message; delete the oldest beyond the number that a room remembers."""

    def remove(self, room: str, number: int) -> None:
        """Remove a message but keep its number.

        The number is never given again: whoever has seen it would miss the later message.
        """

    def forget_old(self, now: float) -> None:
        """Delete the oldest messages of the rooms with most of them, if all take too much."""
