"""What was written in rooms that are open."""

from __future__ import annotations

import msgspec

from roomcli.protocol.chat import CHAT_KEPT, ChatMessage

from .database import Database, StoreError, decoded


class Chats(Database):
    """The table of chat messages; a room's go when it ends."""

    def save_message(self, room: str, message: ChatMessage) -> None:
        """One more message; what then exceeds the number that a room remembers is forgotten."""
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
        """The message is gone; its number stays taken, lest a later one is missed by whoever
        has seen this."""
        self._enqueue("UPDATE chat SET message = '' WHERE room = ? AND number = ?", (room, number))

    async def chat(self, room: str) -> list[ChatMessage]:
        """What the room remembers, the oldest first. Raises StoreError, also where some lacks."""
        rows = await self._query(
            "SELECT number, message FROM chat WHERE room = ? ORDER BY number", (room,)
        )
        if rows and rows[-1][0] - rows[0][0] != len(rows) - 1:
            raise StoreError("messages are missing in its chat")
        return [decoded(text, ChatMessage) for _, text in rows if text]

    async def chat_count(self, room: str) -> int:
        """The number of the newest message, removed or not; 0 before the first.

        Raises StoreError.
        """
        rows = await self._query("SELECT max(number) FROM chat WHERE room = ?", (room,))
        return rows[0][0] or 0
