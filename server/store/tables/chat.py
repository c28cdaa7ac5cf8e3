"""The table of chat messages."""

from __future__ import annotations

import msgspec

from roomcli.errors import StoreError
from roomcli.protocol.chat import CHAT_KEPT, ChatMessage

from ...limits import MIB, ServerLimits
from .database import Database, decoded
from .saving import saving

_SAVE = saving("chat", "room, number", "message")
_MAKE_WAY = (
    "DELETE FROM chat WHERE (SELECT sum(length(CAST(message AS BLOB))) FROM chat) > ?"
    " AND (room, number) IN (SELECT room, number FROM"
    " (SELECT room, number, back, sum(length(CAST(message AS BLOB)))"
    " OVER (ORDER BY back, room) AS until_here FROM"
    " (SELECT room, number, message,"
    " row_number() OVER (PARTITION BY room ORDER BY number DESC) AS back FROM chat"
    ") AS numbered) AS newest_first WHERE until_here > ? AND back > 1)"
)
"""Leaves of each room as many of its newest messages as of any other. The newest itself stays: the
next one's number comes after its."""


class ChatTable:
    """The messages of all rooms; of a removed one the row stays, without its text."""

    def __init__(self, database: Database, limits: ServerLimits) -> None:
        self._database = database
        self._limits = limits

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
                _SAVE,
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

    def forget_old(self, now: float) -> None:
        most = self._limits.disk.chat_mib * MIB
        self._database.enqueue(_MAKE_WAY, (most, most))
