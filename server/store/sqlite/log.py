"""Moderation logs, one for each time that a room was opened: only ever appended to."""

from __future__ import annotations

from typing import Any

import msgspec

from roomcli.errors import StoreError
from roomcli.protocol.moderation_log import LogEntry, first_fault

from .database import Database, decoded

_APPEND = (
    "INSERT INTO moderation_log VALUES (?, ?, ?, ?, ?)"
    # The same entry again is no harm; a different one in its place is stopped by the trigger.
    " ON CONFLICT DO UPDATE SET entry = excluded.entry WHERE entry <> excluded.entry"
)


class Logs(Database):
    """The table of moderation logs."""

    def append_log(self, room: str, opened_at: float, entry: LogEntry) -> None:
        """Append the next entry. The write fails if another entry has its number already."""
        self._enqueue(
            _APPEND,
            (room, opened_at, entry.number, entry.at, msgspec.json.encode(entry).decode()),
        )

    async def log(self, room: str, opened_at: float, after: int, limit: int) -> list[LogEntry]:
        """Return up to ``limit`` entries from number ``after`` + 1 on. Raises StoreError."""
        rows, unwritten = await self._ask_all(
            "SELECT number, entry FROM moderation_log WHERE room = ? AND opened_at = ?"
            " AND number > ? ORDER BY number LIMIT ?",
            (room, opened_at, after, limit),
        )
        kept: dict[int, Any] = dict(rows)
        for statement, parameters in unwritten:
            if statement == _APPEND and parameters[:2] == (room, opened_at):
                kept.setdefault(parameters[2], parameters[4])
        return [_entry(kept[number]) for number in sorted(kept) if number > after][:limit]

    async def log_bytes(self) -> int:
        """Return the size of all logs on disk, in bytes. Raises StoreError."""
        rows = await self._query("SELECT coalesce(sum(length(entry)), 0) FROM moderation_log")
        return int(rows[0][0])

    async def log_head(self, room: str, opened_at: float) -> LogEntry | None:
        """Return the newest entry of a sound log; None while nothing has happened.

        Raises StoreError, also for a log that has a fault: if the server went on with it, the
        server would seem to have rewritten the log.
        """
        rows = await self._query(
            "SELECT entry FROM moderation_log WHERE room = ? AND opened_at = ? ORDER BY number",
            (room, opened_at),
        )
        fault = first_fault((_entry(*row) for row in rows), room, opened_at)
        if fault is not None:
            raise StoreError(f"its moderation log is damaged: {fault}")
        return _entry(*rows[-1]) if rows else None


def _entry(text: Any) -> LogEntry:
    return decoded(text, LogEntry)
