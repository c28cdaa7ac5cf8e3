"""Checks that tables and their indexes have the same rows, to find hidden damage.

SQLite notices most damage when it reads a damaged page, and says so. Half a page of zeros it takes
for missing rows. A page belongs to a table or to its index, so one damaged page cannot hide the
same row from both.
"""

from __future__ import annotations

import contextlib
from typing import Any

from roomcli.errors import StoreError

from ..tables.database import Database

_TABLES = {
    "seats": ("seats_by_room", ("room",)),
    "bans": ("sqlite_autoindex_bans_1", ("room", "owner")),
    "silences": ("sqlite_autoindex_silences_1", ("room", "owner")),
    "moderation_log": ("sqlite_autoindex_moderation_log_1", ("room", "opened_at")),
    "chat": ("sqlite_autoindex_chat_1", ("room",)),
}
"""The tables with rows of rooms: the index that finds the rows, and the columns to look by."""


class Soundness:
    """Compares tables with their indexes as they are when the server starts."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._counts: dict[str, dict[tuple[Any, ...], int]] = {}

    async def count_rows(self) -> None:
        """Count the rows of each table by reading it; tables that cannot be read are left out."""
        for table, (_, whose) in _TABLES.items():
            of = ", ".join(whose)
            with contextlib.suppress(StoreError):
                rows = await self._database.query(
                    f"SELECT {of}, count(*) FROM {table} NOT INDEXED GROUP BY {of}"
                )
                self._counts[table] = {tuple(values): count for *values, count in rows}

    async def check_room(self, room: str, owner: str, opened_at: float) -> None:
        """Raise StoreError unless the indexes find as many rows of the room as were counted."""
        values = {"room": room, "owner": owner, "opened_at": opened_at}
        for table, (index, whose) in _TABLES.items():
            place = tuple(values[each] for each in whose)
            where = " AND ".join(f"{each} = ?" for each in whose)
            [(found,)] = await self._database.query(
                f"SELECT count(*) FROM {table} INDEXED BY {index} WHERE {where}", place
            )
            if table in self._counts and self._counts[table].get(place, 0) != found:
                raise StoreError(f"of its rows in the table {table} some are damaged")
