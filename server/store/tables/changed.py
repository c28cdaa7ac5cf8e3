"""What other servers changed in the tables, for what is in memory here too.

Memory follows the rows: those that others wrote are read again, and what is different is replaced.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import trio

from .database import Database
from .engine import Row

T = TypeVar("T")
Key = tuple[str, ...]
"""The values of the columns that a table's rows are found by."""

MAX_KEYS = 500
"""The most rows of a table that are read again one by one; of more, all are."""
ROWS_AT_ONCE = 200
"""Rows that are compared before others have their turn: voice does not wait for all people."""


@dataclass(frozen=True)
class ChangedKeys:
    """The rows to be read again: ``keys`` by table, or None where it may be any."""

    keys: Mapping[str, Collection[Key] | None] | None = None

    def of(self, table: str) -> Collection[Key] | None:
        """Return the keys of a table's rows that may be different, or None for all rows."""
        if self.keys is None:
            return None
        keys = self.keys.get(table, ())
        return keys if keys is not None and len(keys) <= MAX_KEYS else None

    def and_those(self, table: str, ids: Iterable[str]) -> ChangedKeys:
        """Return these rows and those of a table, found by one column, with these ids."""
        keys = self.of(table)
        if self.keys is None or keys is None:
            return self
        return ChangedKeys({**self.keys, table: {*keys, *((id,) for id in ids)}})

    def ids(self, table: str) -> Collection[str] | None:
        """Return the same of a table whose rows are found by one column: its values."""
        return self.first_columns(table)

    def first_columns(self, *tables: str) -> Collection[str] | None:
        """Return what the keys of several tables begin with, each once; None for any."""
        found: set[str] = set()
        for table in tables:
            keys = self.of(table)
            if keys is None:
                return None
            found.update(first for first, *_ in keys)
        return found


class FollowingTable(Protocol):
    """A table whose rows are in memory too."""

    async def refresh(self, changed: ChangedKeys) -> None:
        """Follow what other servers changed. Raises StoreError."""


@dataclass(frozen=True)
class KeyedRows:
    """Rows of a table: ``key`` names the columns that they are found by, ``others`` the rest."""

    table: str
    key: str
    others: str
    where: str = ""
    """Which rows are in memory, if not all."""

    async def select(self, database: Database, keys: Collection[Any] | None) -> dict[Any, Row]:
        """Return the rows with these keys, or all, by their keys; of each the other columns.

        Everything that was queued here is in them. Raises StoreError.
        """
        if keys is not None and not keys:
            return {}
        conditions = [self.where] if self.where else []
        parameters: list[Any] = []
        width = self.key.count(",") + 1
        if keys is not None:
            places = ", ".join(f"({', '.join('?' * width)})" for _ in keys)
            conditions.append(f"({self.key}) IN ({places})")
            for key in keys:
                parameters += [key] if width == 1 else key
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        rows = await database.query_written(
            f"SELECT {self.key}, {self.others} FROM {self.table}{where}", tuple(parameters)
        )
        return {row[0] if width == 1 else tuple(row[:width]): tuple(row[width:]) for row in rows}


async def differences(
    database: Database,
    rows: KeyedRows,
    keys: Collection[Any] | None,
    memory: Mapping[Any, T],
    made: Callable[..., T | None],
) -> AsyncIterator[tuple[Any, T | None, T | None]]:
    """Yield what in ``memory`` is not as its row says: the key, what it is, what it should be.
    The caller makes it so at once.

    ``made`` makes a thing of a row's key and other columns; None is a row that cannot be read. What
    is changed here while its row is read is read once more, since that is written after it. Raises
    StoreError.
    """
    while keys is None or keys:
        before = dict(memory) if keys is None else {key: memory.get(key) for key in keys}
        found = await rows.select(database, keys)
        keys = []
        for number, key in enumerate(found.keys() | before.keys(), 1):
            if number % ROWS_AT_ONCE == 0:
                await trio.lowlevel.checkpoint()
            was = before.get(key)
            should = made(key, *found[key]) if key in found else None
            if memory.get(key) is not was:
                keys.append(key)
            elif was != should:
                yield key, was, should
