"""Whole copies of the database for backups: made while a server writes it, judged before use."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from roomcli.errors import ConfigError, StoreError
from roomcli.protocol.text import cleaned

from .schema import MIGRATIONS, OPENING_SECONDS, is_damage

_HELD = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def copy_whole(path: Path, copy: Path) -> None:
    """Copy the database as it is at one moment to ``copy``, an empty file.

    Whoever writes the database goes on meanwhile. The copy is sound, and needs no file beside it.
    Raises StoreError.
    """
    with _as_store_errors(), _connected(path, "rw") as source, _connected(copy, "rw") as target:
        source.backup(target, progress=_Patience().judge)
        target.execute("PRAGMA journal_mode = DELETE")
        _judge_soundness(target)


def judge_whole(path: Path) -> None:
    """Raise StoreError for a copy that is damaged, ConfigError for one of a newer roomcli."""
    with _as_store_errors(), _connected(path, "ro") as database:
        (version,) = database.execute("PRAGMA user_version").fetchone()
        if version > len(MIGRATIONS):
            raise ConfigError("it is of a newer roomcli, which this one cannot read: use that one")
        if version == 0:
            raise StoreError("the database holds nothing")
        _judge_soundness(database)


class _Patience:
    """Ends a copy that waits too long for somebody who holds the database: SQLite never would."""

    def __init__(self) -> None:
        self._until = time.monotonic() + OPENING_SECONDS

    def judge(self, status: int, left: int, pages: int) -> None:
        """Raise StoreError if the database was held for too long; called after each step."""
        if status in _HELD and time.monotonic() > self._until:
            raise StoreError("another program holds the database: try again when it is done")


def _judge_soundness(database: sqlite3.Connection) -> None:
    (found,) = database.execute("PRAGMA integrity_check(1)").fetchone()
    if found != "ok":
        raise StoreError(f"the database is damaged: {cleaned(found, 200)}")


@contextlib.contextmanager
def _connected(path: Path, mode: str) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(
        sqlite3.connect(
            f"{path.absolute().as_uri()}?mode={mode}",
            uri=True,
            timeout=OPENING_SECONDS,
            isolation_level=None,
        )
    ) as database:
        yield database


@contextlib.contextmanager
def _as_store_errors() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        what = "is damaged" if is_damage(error) else "cannot be read and copied"
        raise StoreError(f"the database {what}: {error}") from None
