"""Databases that servers of older versions left (dumps/README.md says how they came about)."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from roomcli.protocol.handshake import fingerprint

DUMPS = Path(__file__).with_name("dumps")
COMMITS = ("6dbfb9f", "763e009")
"""Of these there is all that a server had written."""
SHAPES = (
    "6004250", "6dbfb9f", "9174dbf", "72aef67", "8c03043", "763e009", "7ac1b17", "3fe67bb",
    "82ce7ee", "f0a382e", "ab685b5", "ef418e4", "a90d6b9", "5d48793",
)  # fmt: skip
"""One commit for every version of the tables, from the first on."""
NOW = 1_795_652_700.0
"""A time a few minutes after the servers stopped."""


def key_of(name: str) -> Ed25519PrivateKey:
    """Return the key with which somebody of this name was in the rooms."""
    return Ed25519PrivateKey.from_private_bytes(name.lower().encode().ljust(32, b"."))


def print_of(name: str) -> str:
    """Return the fingerprint of that key."""
    return fingerprint(key_of(name).public_key().public_bytes_raw())


def load(commit: str, folder: Path) -> Path:
    """Write the database of a commit into the folder, as the server left it."""
    path = folder / "roomcli.sqlite3"
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.executescript((DUMPS / f"{commit}.sql").read_text("utf-8"))
        database.execute("PRAGMA journal_mode = WAL")
    return path


def dump(path: Path) -> list[str]:
    """Return a database as SQL text, with the version of its tables.

    The ids of people, which are random, are written as their keys.
    """
    with contextlib.closing(sqlite3.connect(path)) as database:
        (version,) = database.execute("PRAGMA user_version").fetchone()
        lines = [*database.iterdump(), f"PRAGMA user_version = {version};"]
        if any("CREATE TABLE people" in line for line in lines):
            for id, key in database.execute("SELECT id, key FROM people").fetchall():
                lines = [line.replace(id, f"the id of {key}") for line in lines]
        return lines
