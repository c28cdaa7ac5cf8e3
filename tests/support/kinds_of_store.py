"""The kinds of store, for tests of what each of them does."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

import psycopg

from server.limits import ServerLimits
from server.store import Store, postgres, sqlite
from server.store.postgres.dialect import translated
from server.store.tables import tell_log
from server.store.tables.writer import Told

from .held_store import locked, locked_tables


class KindOfStore(Protocol):
    """An empty store of some kind, and what tests do to it behind its back."""

    def open(
        self, tell: Told = tell_log, limits: ServerLimits | None = None
    ) -> AbstractAsyncContextManager[Store]:
        """Open the store."""

    def held(self) -> AbstractContextManager[None]:
        """Let another program hold it within the block, so that it cannot be written."""

    def edit(self, statement: str, *parameters: object) -> None:
        """Change it as no server does."""

    def dump(self) -> list[object]:
        """Return all that is in it."""

    def another(self) -> KindOfStore:
        """Return another empty store of this kind."""


class SqliteKind:
    """A store in a file."""

    def __init__(self, folder: Path, fixture: Callable[[str], Any]) -> None:
        self.folder = folder

    def another(self) -> KindOfStore:
        folder = self.folder / "another"
        folder.mkdir()
        return SqliteKind(folder, str)

    def open(
        self, tell: Told = tell_log, limits: ServerLimits | None = None
    ) -> AbstractAsyncContextManager[Store]:
        return sqlite.open_store(self.folder, tell, limits)

    def held(self) -> AbstractContextManager[None]:
        return locked(self.folder)

    def edit(self, statement: str, *parameters: object) -> None:
        with contextlib.closing(sqlite3.connect(self.folder / "roomcli.sqlite3")) as database:
            database.execute(statement, parameters)
            database.commit()

    def dump(self) -> list[object]:
        with contextlib.closing(sqlite3.connect(self.folder / "roomcli.sqlite3")) as database:
            return list(database.iterdump())


class PostgresKind:
    """A store in a PostgreSQL that really runs."""

    def __init__(self, folder: Path, fixture: Callable[[str], Any]) -> None:
        self._fixture = fixture
        self.url = fixture("postgres").new_database()

    def another(self) -> KindOfStore:
        return PostgresKind(Path(), self._fixture)

    def open(
        self, tell: Told = tell_log, limits: ServerLimits | None = None
    ) -> AbstractAsyncContextManager[Store]:
        return postgres.open_store(self.url, tell, limits)

    def held(self) -> AbstractContextManager[None]:
        return locked_tables(self.url)

    def edit(self, statement: str, *parameters: object) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(translated(statement), parameters)

    def dump(self) -> list[object]:
        # Of servers each database has its own secret.
        tables = (
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            " AND tablename <> 'roomcli_server' ORDER BY 1"
        )
        with psycopg.connect(self.url, autocommit=True) as connection:
            return [
                (table, sorted(connection.execute(f"SELECT * FROM {table}".encode()), key=repr))
                for (table,) in connection.execute(tables).fetchall()
            ]


KINDS: dict[str, Callable[[Path, Callable[[str], Any]], KindOfStore]] = {
    "sqlite": SqliteKind,
    "postgres": PostgresKind,
}
