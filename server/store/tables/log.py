"""The table of moderation logs, whose rows are never changed."""

from __future__ import annotations

from typing import Any

import msgspec

from roomcli.errors import StoreError
from roomcli.protocol.moderation_log import LogEntry, first_fault

from ...limits import DAY, MIB, ServerLimits
from .database import Database, decoded

_APPEND = (
    "INSERT INTO moderation_log (room, opened_at, number, at, entry) VALUES (?, ?, ?, ?, ?)"
    # The same entry again is no harm; a different one in its place is stopped by the trigger.
    " ON CONFLICT (room, opened_at, number) DO UPDATE SET entry = excluded.entry"
    " WHERE moderation_log.entry <> excluded.entry"
)


class LogTable:
    """The entries of all logs."""

    def __init__(self, database: Database, limits: ServerLimits) -> None:
        self._database = database
        self._limits = limits

    async def page(self, room: str, opened_at: float, after: int, limit: int) -> list[LogEntry]:
        rows, unwritten = await self._database.query_with_unwritten(
            "SELECT number, entry FROM moderation_log WHERE room = ? AND opened_at = ?"
            " AND number > ? ORDER BY number LIMIT ?",
            (room, opened_at, after, limit),
        )
        kept: dict[int, Any] = dict(rows)
        for statement, parameters in unwritten:
            if statement == _APPEND and parameters[:2] == (room, opened_at):
                kept.setdefault(parameters[2], parameters[4])
        return [_entry(kept[number]) for number in sorted(kept) if number > after][:limit]

    async def head(self, room: str, opened_at: float) -> LogEntry | None:
        rows = await self._database.query(
            "SELECT entry FROM moderation_log WHERE room = ? AND opened_at = ? ORDER BY number",
            (room, opened_at),
        )
        fault = first_fault((_entry(*row) for row in rows), room, opened_at)
        if fault is not None:
            raise StoreError(f"its moderation log is damaged: {fault}")
        return _entry(*rows[-1]) if rows else None

    async def newest(self, room: str, opened_at: float) -> LogEntry | None:
        rows = await self._database.query_written(
            "SELECT entry FROM moderation_log WHERE room = ? AND opened_at = ?"
            " ORDER BY number DESC LIMIT 1",
            (room, opened_at),
        )
        return _entry(*rows[0]) if rows else None

    async def size(self) -> int:
        rows = await self._database.query(
            "SELECT coalesce(sum(length(entry)), 0) FROM moderation_log"
        )
        return int(rows[0][0])

    def append(self, room: str, opened_at: float, entry: LogEntry) -> None:
        text = msgspec.json.encode(entry).decode()
        self._database.enqueue_all(
            *self._database.guard.continued(room, opened_at, entry),
            (_APPEND, (room, opened_at, entry.number, entry.at, text)),
        )

    def forget(self, room: str, opened_at: float) -> None:
        self._database.enqueue(
            "DELETE FROM moderation_log WHERE room = ? AND opened_at = ?", (room, opened_at)
        )

    def forget_old(self, now: float) -> None:
        self._database.enqueue(
            "DELETE FROM moderation_log WHERE (room, opened_at) IN (SELECT room, opened_at"
            " FROM moderation_log GROUP BY room, opened_at HAVING max(at) <= ?)"
            " AND (room, opened_at) NOT IN (SELECT name, opened_at FROM rooms)"
            " AND room NOT IN (SELECT log FROM communities)",
            (now - self._limits.disk.log_days * DAY,),
        )
        self._database.enqueue(
            "DELETE FROM moderation_log WHERE (room, opened_at) IN (SELECT room, opened_at FROM"
            " (SELECT room, opened_at, sum(size) OVER (ORDER BY newest DESC) AS until_here FROM"
            " (SELECT room, opened_at, sum(length(entry)) AS size, max(at) AS newest"
            " FROM moderation_log GROUP BY room, opened_at) AS logs) AS newest_first"
            " WHERE until_here > ?)"
            " AND (room, opened_at) NOT IN (SELECT name, opened_at FROM rooms)"
            " AND room NOT IN (SELECT log FROM communities)",
            (self._limits.disk.log_mib * MIB,),
        )


def _entry(text: Any) -> LogEntry:
    return decoded(text, LogEntry)
