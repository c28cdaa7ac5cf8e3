"""The latest time that the server has seen, so that no clock set back begins earlier."""

from __future__ import annotations

from roomcli.errors import StoreError

from .database import Database
from .writer import Statement


class LatestTime(Database):
    """The table ``clock``, of one row."""

    async def latest_time(self) -> float:
        """Return the latest time, in seconds since 1970; 0.0 if it is unknown or unreadable."""
        try:
            rows = await self._query("SELECT max(latest) FROM clock")
        except StoreError as error:
            self._tell_admin("clock_unreadable", f"how late it was cannot be read: {error}")
            return 0.0
        return rows[0][0] or 0.0

    def save_time(self, now: float) -> None:
        """Save the server's time, in seconds since 1970."""
        self._tell_all(seen(now))


def seen(now: float) -> Statement:
    """Return the statement that saves this time unless a later one is saved."""
    return (
        "INSERT INTO clock VALUES (1, ?) ON CONFLICT DO UPDATE"
        " SET latest = max(latest, excluded.latest)",
        (now,),
    )
