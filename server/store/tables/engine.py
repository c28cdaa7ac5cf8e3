"""What a database is to the store's thread: a connection that it alone uses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

Row = tuple[Any, ...]
Statement = tuple[str, tuple[Any, ...]]
"""SQL that every engine knows, with ``?`` for each parameter; what is SQLite's alone in it, an
engine replaces: the hints which index is read, and ``CAST(... AS BLOB)``."""


class DatabaseEngine(Protocol):
    """One kind of database. After :meth:`begin_writing` fails, nothing was begun."""

    place: str
    """Where the data are, for messages to the admin."""

    @property
    def is_lost(self) -> bool:
        """Whether it is out of reach, so that another server may have it by now."""

    def begin_writing(self) -> None:
        """Begin a transaction that writes, in a database that is still this server's."""

    def execute(self, statements: Sequence[Statement]) -> None:
        """Carry out statements one after the other; after an error the rest is left out."""

    def commit(self) -> None:
        """End the transaction; once this returns, what it wrote outlives a power cut."""

    def roll_back(self) -> None:
        """Undo the transaction, if there still is one."""

    def query(self, statement: Statement) -> list[Row]:
        """Return the rows of a query."""

    def may_pass(self, error: Exception) -> bool:
        """Whether the same statement may succeed later, since nothing is wrong with it."""

    def was_in_the_way(self, error: Exception) -> bool:
        """Whether another writer was, and will not be for long: no fault of the database."""

    def checkpoint(self) -> bool:
        """Do what is left for when nothing waits; return whether it is done."""

    def close(self) -> None:
        """Close the connection."""
