"""The table of chat messages."""

from __future__ import annotations

import msgspec

from roomcli.errors import StoreError
from roomcli.protocol.chat import CHAT_KEPT, ChatMessage

from .database import Database, decoded


class ChatTable:
    """The messages of all rooms; of a removed one the row stays, without its text."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_room(self, room: str) -> list[ChatMessage]:
        rows = await self._database.query(
            "SELECT number, message FROM chat WHERE room = ? ORDER BY number", (room,)
        )
        if rows and rows[-1][0] - rows[0][0] != len(rows) - 1:
            raise StoreError("messages are missing in its chat")
        return [decoded(text, ChatMessage) for _, text in rows if text]

    async def newest_number(self, room: str) -> int:
        rows = await self._database.query("SELECT max(number) FROM chat WHERE room = ?", (room,))
        return rows[0][0] or 0

    def save(self, room: str, message: ChatMessage) -> None:
        self._database.enqueue_all(
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

    def remove(self, room: str, number: int) -> None:
        self._database.enqueue(
            "UPDATE chat SET message = '' WHERE room = ? AND number = ?", (room, number)
        )
