"""Which server of a cluster may write a room: tokens from a sequence, compared in each transaction.

Whoever takes a room raises its token first, and waits for the transaction that the owner before is
in. Transactions of that one are refused from then on, for good.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from roomcli.errors import ConnectionLost, StoreError
from roomcli.protocol.moderation_log import LogEntry

from ..tables.database import Database
from ..tables.engine import Row, Statement

log = logging.getLogger(__name__)

NOT_OURS = "RC001"
"""What PostgreSQL reports for a room that is another server's, or a log that went on without us."""
_HOLD = "SELECT roomcli_hold_room(?, ?)"
_CONTINUE = "SELECT roomcli_continue_log(?, ?, ?, ?)"
_NOBODY = 0
"""A token that is smaller than all."""


class SharedFences:
    """The tokens of rooms in a database that several servers share, and the guard of its tables."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._tokens: dict[str, int] = {}
        self._lose: Callable[[str], None] = lambda room: None
        database.guard = self

    # As servers take rooms and leave them.

    async def next_fence(self) -> int:
        """Return a token that is larger than all before. Raises ConnectionLost."""
        [(fence,)] = await self._query_token("SELECT nextval('roomcli_room_fence')")
        return int(fence)

    async def pass_by(self, fence: int) -> None:
        """Give only larger tokens than this one from now on. Raises ConnectionLost."""
        await self._query_token("SELECT roomcli_pass_by(?)", fence)

    async def is_kept(self, room: str) -> bool:
        return bool(await self._database.query("SELECT 1 FROM rooms WHERE name = ?", (room,)))

    async def take_room(self, room: str, fence: int) -> None:
        await self._database.query("SELECT roomcli_take_room(?, ?)", (room, fence))
        self._tokens[room] = fence

    async def still_has(self, room: str) -> bool:
        rows = await self._database.query("SELECT fence FROM roomcli_rooms WHERE room = ?", (room,))
        return rows == [(self._tokens.get(room),)]

    def release(self, room: str, fence: int) -> None:
        if self._tokens.get(room) == fence:
            del self._tokens[room]

    def on_loss(self, hear: Callable[[str], None]) -> None:
        self._lose = hear

    async def _query_token(self, statement: str, *parameters: int) -> list[Row]:
        try:
            return await self._database.query(statement, parameters)
        except StoreError as error:
            raise ConnectionLost(f"PostgreSQL gave no token ({error})") from None

    # As transactions are queued, and refused.

    def owned(self, room: str) -> Sequence[Statement]:
        return ((_HOLD, (room, self._tokens.get(room, _NOBODY))),)

    def continued(self, room: str, opened_at: float, entry: LogEntry) -> Sequence[Statement]:
        return ((_CONTINUE, (room, opened_at, entry.number, entry.previous)),)

    def note_refused(self, statements: Sequence[Statement], error: Exception) -> None:
        if getattr(error, "sqlstate", None) != NOT_OURS:
            return
        for statement, parameters in statements:
            # Of what was queued under an older token of ours nothing follows.
            if statement == _HOLD and parameters[1] == self._tokens.get(parameters[0], _NOBODY):
                log.warning("room %(room)s is another server's now", {"room": parameters[0]})
                self.release(*parameters)
                self._lose(parameters[0])
