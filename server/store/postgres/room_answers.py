"""The last commands of rooms in a database that several servers share, by the database's clock."""

from __future__ import annotations

from roomcli.errors import StoreError

from ...rooms.rules.answered import KeptAnswer
from ..tables.database import Database

_SAVE = (
    "INSERT INTO roomcli_answers (room, key, ref, command, invite, by_moderator)"
    " VALUES (?, ?, ?, ?, ?, ?)"
)
_FORGET = "DELETE FROM roomcli_answers WHERE at < now() - interval '2 minutes'"
FORGET_EVERY = 64
"""Commands after which those are deleted that are old."""
MOST = 4096
"""Commands of a room that its next owner reads, moderators' before all others."""
_READ = (
    "SELECT key, ref, command, invite, by_moderator FROM ("
    "SELECT * FROM roomcli_answers WHERE room = ? AND at > now() - interval '2 minutes'"
    " ORDER BY by_moderator DESC, at DESC LIMIT ?) AS newest ORDER BY at"
)


class SharedAnswers:
    """Keeps them in a table that one server alone has no use for."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._saved = 0

    async def of_room(self, room: str) -> list[KeptAnswer]:
        rows = await self._database.query(_READ, (room, MOST))
        try:
            return [KeptAnswer(*row) for row in rows]
        except TypeError as error:
            raise StoreError(f"its last commands cannot be read: {error}") from None

    def save(self, room: str, answer: KeptAnswer) -> None:
        values = (answer.key, answer.ref, answer.command, answer.invite, answer.by_moderator)
        self._database.enqueue(_SAVE, (room, *values))
        self._saved += 1
        if self._saved % FORGET_EVERY == 0:
            self._database.enqueue(_FORGET)
