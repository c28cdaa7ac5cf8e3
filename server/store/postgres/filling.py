"""Fills an empty database with the rows of a store of another kind: all of them, or none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import blake2b
from typing import Protocol

import psycopg

from roomcli.errors import ConfigError, StoreError

from ..tables.engine import Row
from .holding import OPENING_SECONDS, database_name, hold
from .schema import migrate
from .session import BoundedConnection, one_line, open_session

Told = Callable[[str], None]

REPORTED_ROWS = 10_000
"""After how many rows of a table the progress is told."""
READ_ROWS = 100
"""How many rows are read at once: a report may have a megabyte of voice."""
_TABLES = """
SELECT table_name, array_agg(column_name::text ORDER BY ordinal_position)
FROM information_schema.columns
WHERE table_schema = current_schema() AND table_name !~ '^roomcli_' AND is_identity = 'NO'
GROUP BY table_name ORDER BY table_name
"""


class Source(Protocol):
    """Where the rows come from."""

    def rows(self, table: str, columns: Sequence[str]) -> Iterator[Row]:
        """Yield the rows of a table. Raises ConfigError."""


def fill_database(url: str, source: Source, tell: Told) -> str:
    """Write all rows into a database that has none, read them again, and return its name.

    ``tell`` gets lines of progress. Raises ConfigError where the database is not empty, cannot be
    used, or what is read from it differs; then it has no rows.
    """
    try:
        place = database_name(url)
    except psycopg.ProgrammingError as error:
        raise ConfigError(f"the URL cannot be understood: {one_line(error)}") from None
    try:
        with open_session(url) as session:
            hold(session, OPENING_SECONDS)
            migrate(session, place)
            with session.unhurried(), session.transaction():
                tables = session.execute(_TABLES).fetchall()
                for table, _ in tables:
                    if session.execute(f"SELECT 1 FROM {table} LIMIT 1".encode()).fetchall():
                        raise ConfigError(
                            f"{place} holds something already ({table}): give an empty database"
                        )
                for table, columns in tables:
                    _copy(session, source, table, columns, tell)
    except (psycopg.Error, StoreError) as error:
        raise ConfigError(f"{place} cannot be filled: {one_line(error)}") from None
    return place


def _copy(
    session: BoundedConnection, source: Source, table: str, columns: list[str], tell: Told
) -> None:
    names = ", ".join(columns)
    there, here = _Tally(), _Tally()
    with session.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
        for row in there.counted(source.rows(table, columns)):
            copy.write_row(row)
            if there.rows % REPORTED_ROWS == 0:
                tell(f"{table}: {there.rows} rows so far")
    with session.cursor(name="written") as cursor:
        cursor.itersize = READ_ROWS
        for _ in here.counted(cursor.execute(f"SELECT {names} FROM {table}".encode())):
            pass
    if (there.rows, there.sum) != (here.rows, here.sum):
        raise ConfigError(f"{table} is not the same in both: nothing was moved")
    tell(f"{table}: {there.rows} rows")


class _Tally:
    """Counts rows, and sums them up whatever their order."""

    def __init__(self) -> None:
        self.rows = 0
        self.sum = 0

    def counted(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Yield rows and count them."""
        for row in rows:
            self.rows += 1
            # One has whole numbers where the other has truths or fractions.
            same = repr([float(each) if isinstance(each, int) else each for each in row])
            digest = blake2b(same.encode("utf-8", "surrogatepass"), digest_size=16).digest()
            self.sum = (self.sum + int.from_bytes(digest)) % 2**128
            yield row
