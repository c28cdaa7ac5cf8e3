"""The table ``clock``, of one row."""

from __future__ import annotations

from roomcli.errors import StoreError

from .database import Database
from .engine import Statement


class ClockTable:
    """The latest time that was seen."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def load(self) -> float:
        try:
            rows = await self._database.query("SELECT max(latest) FROM clock")
        except StoreError as error:
            text = f"how late it was cannot be read: {error}"
            self._database.tell_admin("clock_unreadable", text)
            return 0.0
        return rows[0][0] or 0.0

    def save(self, now: float) -> None:
        self._database.enqueue_all(seen(now))


def seen(now: float) -> Statement:
    """Return the statement that saves this time unless a later one is saved."""
    return (
        "INSERT INTO clock (id, latest) VALUES (1, ?) ON CONFLICT (id) DO UPDATE"
        " SET latest = excluded.latest WHERE excluded.latest > clock.latest",
        (now,),
    )
