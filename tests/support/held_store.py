"""A store that another program holds, so that it cannot be written."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import psycopg


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Lock the store in this folder, as another program may, until the block ends."""
    other = sqlite3.connect(folder / "roomcli.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


@contextlib.contextmanager
def locked_tables(url: str) -> Iterator[None]:
    """Lock all tables of a PostgreSQL database against whoever writes, until the block ends."""
    tables = "SELECT string_agg(tablename, ', ') FROM pg_tables WHERE schemaname = 'public'"
    with psycopg.connect(url) as other:
        [(names,)] = other.execute(tables).fetchall()
        other.execute(f"LOCK TABLE {names} IN EXCLUSIVE MODE".encode())
        yield
