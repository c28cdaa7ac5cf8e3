"""Chat messages of open rooms."""

from __future__ import annotations

import msgspec

from roomcli.errors import StoreError
from roomcli.protocol.chat import CHAT_KEPT, ChatMessage

from .database import Database, decoded


class Chats(Database):
    """The table of chat messages; a room's messages are deleted when it ends."""

    def save_message(self, room: str, message: ChatMessage) -> None:
        """Save a message; delete the oldest beyond the number that a room remembers."""
        self._tell_all(
            (
                "INSERT OR REPLACE INTO chat VALUES (?, ?, ?)",
                (room, message.number, msgspec.json.encode(message).decode()),
            ),
            (
                "DELETE FROM chat WHERE room = ? AND number <= (SELECT number FROM chat"
                " WHERE room = ? AND message <> '' ORDER BY number DESC LIMIT 1 OFFSET ?)",
                (room, room, CHAT_KEPT),
            ),
        )

    def remove_message(self, room: str, number: int) -> None:
        """Remove a message but keep its number.

        The number is never given again: whoever has seen it would miss the later message.
        """
        self._enqueue("UPDATE chat SET message = '' WHERE room = ? AND number = ?", (room, number))

    async def chat(self, room: str) -> list[ChatMessage]:
        """Return the messages that the room remembers, the oldest first.

        Raises StoreError, also when some are missing.
        """
        rows = await self._query(
            "SELECT number, message FROM chat WHERE room = ? ORDER BY number", (room,)
        )
        if rows and rows[-1][0] - rows[0][0] != len(rows) - 1:
            raise StoreError("messages are missing in its chat")
        return [decoded(text, ChatMessage) for _, text in rows if text]

    async def chat_count(self, room: str) -> int:
        """Return the number of the newest message, removed or not; 0 before the first.

        Raises StoreError.
        """
        rows = await self._query("SELECT max(number) FROM chat WHERE room = ?", (room,))
        return rows[0][0] or 0
