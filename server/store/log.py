"""Moderation logs, one for each time that a room was opened, and one for each community.

They are only ever appended to. A community's log has a name in place of a room's that no room has.
"""

from __future__ import annotations

from typing import Protocol

from roomcli.protocol.moderation_log import LogEntry


class Logs(Protocol):
    """The moderation logs of all rooms and communities."""

    async def page(self, room: str, opened_at: float, after: int, limit: int) -> list[LogEntry]:
        """Return up to ``limit`` entries from number ``after`` + 1 on. Raises StoreError."""

    async def head(self, room: str, opened_at: float) -> LogEntry | None:
        """Return the newest entry of a sound log; None while nothing has happened.

        Raises StoreError, also for a log that has a fault: if the server went on with it, the
        server would seem to have rewritten the log.
        """

    async def newest(self, room: str, opened_at: float) -> LogEntry | None:
        """Return the last entry of a log, which may continue anything. Raises StoreError."""

    async def size(self) -> int:
        """Return the size of all logs, in bytes. Raises StoreError."""

    def append(self, room: str, opened_at: float, entry: LogEntry) -> None:
        """Append the next entry. The write fails if another entry has its number already."""

    def forget(self, room: str, opened_at: float) -> None:
        """Delete a log of which another server has what counts."""

    def forget_old(self, now: float) -> None:
        """Delete logs of ended rooms and communities: those kept long enough, and the oldest if all
        are too large.
        """
