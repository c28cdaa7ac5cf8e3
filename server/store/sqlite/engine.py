"""SQLite for the store's thread: one file, which must stay the same one."""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from ..tables.engine import Row, Statement
from .schema import BUSY_TIMEOUT, CHECKPOINT

log = logging.getLogger(__name__)

_MAY_PASS = frozenset(
    (
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_INTERRUPT,
    )
)


class SqliteEngine:
    """An open database, as :class:`~server.store.tables.engine.DatabaseEngine` says."""

    is_lost = False

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.place = str(path)
        self.connection = connection
        self._path = path
        self._file = _identity(path)

    def begin_writing(self) -> None:
        if _identity(self._path) != self._file:
            raise OSError(f"{self._path} was moved, removed or replaced while it was in use")
        self.connection.execute("BEGIN IMMEDIATE")

    def execute(self, statements: Sequence[Statement]) -> None:
        execute = self.connection.execute
        for statement in statements:
            execute(*statement)

    def commit(self) -> None:
        self.connection.execute("COMMIT")

    def roll_back(self) -> None:
        if self.connection.in_transaction:
            self.connection.execute("ROLLBACK")

    def query(self, statement: Statement) -> list[Row]:
        return self.connection.execute(*statement).fetchall()

    def may_pass(self, error: Exception) -> bool:
        code = getattr(error, "sqlite_errorcode", None)
        return isinstance(error, OSError | MemoryError) or (
            code is not None and code & 0xFF in _MAY_PASS
        )

    def was_in_the_way(self, error: Exception) -> bool:
        return False  # there is no other: one server has the file

    def checkpoint(self) -> bool:
        """Move everything into the file itself, so that a copy of the file is complete.

        While another program reads, as a backup does, this is left for later.
        """
        try:
            self.connection.execute("PRAGMA busy_timeout = 0")
            [(busy, *_)] = self.connection.execute(CHECKPOINT).fetchall()
            return not busy
        except sqlite3.Error as error:  # the data stays in the write-ahead log, on disk too
            log.debug("no checkpoint: %s", error)
            return False
        finally:
            self.connection.execute(BUSY_TIMEOUT)

    def close(self) -> None:
        self.connection.close()


def _identity(path: Path) -> tuple[int, int]:
    """Return what identifies a file, to notice when somebody moves it away."""
    found = os.stat(path)
    return found.st_dev, found.st_ino
