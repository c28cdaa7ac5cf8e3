"""Moderation logs, one for each time that a room was opened: only ever appended to."""

from __future__ import annotations

from typing import Any

import msgspec

from roomcli.protocol.moderation_log import LogEntry

from .database import Database


class Logs(Database):
    """The table of moderation logs."""

    def append_log(self, room: str, opened_at: float, entry: LogEntry) -> None:
        """The next entry; one whose number is there already fails."""
        self._tell(
            "INSERT INTO moderation_log VALUES (?, ?, ?, ?, ?)",
            (room, opened_at, entry.number, entry.at, msgspec.json.encode(entry).decode()),
        )

    async def log(self, room: str, opened_at: float, after: int, limit: int) -> list[LogEntry]:
        """Up to ``limit`` entries from number ``after`` + 1 on."""
        rows = await self._ask(
            "SELECT entry FROM moderation_log WHERE room = ? AND opened_at = ? AND number > ?"
            " ORDER BY number LIMIT ?",
            (room, opened_at, after, limit),
        )
        return [_entry(*row) for row in rows]

    async def log_head(self, room: str, opened_at: float) -> LogEntry | None:
        """The newest entry; None while nothing has happened."""
        rows = await self._ask(
            "SELECT entry FROM moderation_log WHERE room = ? AND opened_at = ?"
            " ORDER BY number DESC LIMIT 1",
            (room, opened_at),
        )
        return _entry(*rows[0]) if rows else None


def _entry(text: Any) -> LogEntry:
    return msgspec.json.decode(text, type=LogEntry)
