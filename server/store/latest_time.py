"""The latest time that the server has seen: a clock that is set back lets it begin no earlier."""

from __future__ import annotations

from .database import Database, StoreError
from .writer import Statement


class LatestTime(Database):
    """The table ``clock``, of one row."""

    async def latest_time(self) -> float:
        """Seconds since 1970; 0.0 before the first, or where it cannot be read."""
        try:
            rows = await self._query("SELECT max(latest) FROM clock")
        except StoreError as error:
            self._tell_admin("clock_unreadable", f"how late it was cannot be read: {error}")
            return 0.0
        return rows[0][0] or 0.0

    def save_time(self, now: float) -> None:
        """It was this late."""
        self._tell_all(seen(now))


def seen(now: float) -> Statement:
    """What writes down that it was this late."""
    return (
        "INSERT INTO clock VALUES (1, ?) ON CONFLICT DO UPDATE"
        " SET latest = max(latest, excluded.latest)",
        (now,),
    )
