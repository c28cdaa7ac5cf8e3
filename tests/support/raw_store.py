"""The SQLite database below a store, for tests that look into its tables or damage them."""

from __future__ import annotations

import sqlite3

from server.store import Store
from server.store.sqlite.engine import SqliteEngine
from server.store.tables.database import Database


def database_of(store: Store) -> Database:
    """Return the database that keeps this store."""
    assert isinstance(store.writes, Database)
    return store.writes


def connection_of(store: Store) -> sqlite3.Connection:
    """Return the connection to the SQLite database that keeps this store."""
    engine = database_of(store)._writer._engine
    assert isinstance(engine, SqliteEngine)
    return engine.connection
