"""All rows of a database, table after table, for a store of another kind."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

from roomcli.errors import ConfigError

from ..tables.engine import Row
from .schema import open_database


class RowReader:
    """Reads tables of a database whose version is this roomcli's."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def rows(self, table: str, columns: Sequence[str]) -> Iterator[Row]:
        """Yield the rows in the order in which they came. Raises ConfigError."""
        try:
            yield from self._database.execute(f"SELECT {', '.join(columns)} FROM {table}")
        except sqlite3.Error as error:
            raise ConfigError(f"{table} cannot be read: {error}") from None


@contextlib.contextmanager
def open_rows(path: Path) -> Iterator[RowReader]:
    """Open a database that no server has, and bring its tables up to date.

    Raises ConfigError for a file that cannot be used.
    """
    try:
        database = open_database(path)
    except (OSError, sqlite3.Error) as error:
        raise ConfigError(f"the server's data in {path} cannot be used: {error}") from None
    with contextlib.closing(database):
        database.execute("BEGIN")  # all tables as they are at one moment
        yield RowReader(database)
