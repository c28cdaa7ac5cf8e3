"""What a room's transactions have to find in the database, where several servers write it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from roomcli.protocol.moderation_log import LogEntry

from .engine import Statement


class RoomGuard(Protocol):
    """Gives the statements that fail where a room is another server's."""

    def owned(self, room: str) -> Sequence[Statement]:
        """Return what fails for good unless this server has the room."""

    def continued(self, room: str, opened_at: float, entry: LogEntry) -> Sequence[Statement]:
        """Return what fails for good unless the entry follows the newest of its log."""

    def note_refused(self, statements: Sequence[Statement], error: Exception) -> None:
        """Hear that a transaction is never written."""


class OneServer:
    """The guard where there is one server: all rooms are its own."""

    def owned(self, room: str) -> Sequence[Statement]:
        return ()

    def continued(self, room: str, opened_at: float, entry: LogEntry) -> Sequence[Statement]:
        return ()

    def note_refused(self, statements: Sequence[Statement], error: Exception) -> None:
        pass
