"""The SQLite database below a store, for tests that look into its tables or damage them."""

from __future__ import annotations

from server.store import Store
from server.store.sqlite.database import Database


def database_of(store: Store) -> Database:
    """Return the database that keeps this store."""
    assert isinstance(store.writes, Database)
    return store.writes
