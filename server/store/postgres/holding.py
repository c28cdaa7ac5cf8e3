"""Connections of which one server at a time holds the database.

The lock belongs to the session: whoever lost the connection lost it, and no transaction of theirs
can end any more. A number that each start of a server makes greater tells one that comes back
whether another wrote meanwhile.
"""

from __future__ import annotations

import os
import socket
import time
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from roomcli.errors import ConfigError, StoreError

OPENING_SECONDS = 5.0
"""Seconds that a server which starts waits for one that ends."""
RETRY_SECONDS = 0.1
LOWEST_VERSION = 14
_LOCK = 0x726F6F6D636C69
"""The number of the advisory lock: "roomcli" in ASCII."""
_HOLDER = """
SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE locktype = 'advisory' AND granted AND pg_locks.database = (
    SELECT oid FROM pg_database WHERE datname = current_database()
) AND ((classid::bigint << 32) | objid::bigint) = %s LIMIT 1
"""
_SETTINGS = """
SET synchronous_commit = on;
SET client_min_messages = warning;
SET idle_session_timeout = 0;
SET lock_timeout = '100ms';
SET tcp_keepalives_idle = 5;
SET tcp_keepalives_interval = 2;
SET tcp_keepalives_count = 3;
"""
"""What was acknowledged survives a power cut; a table that somebody locked is like a disk that
cannot be written; and the lock of a machine that vanished is free after some ten seconds."""
_USUAL = {
    "connect_timeout": 3,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
"""How soon a database that is gone is noticed, unless its URL says otherwise."""


def database_name(url: str) -> str:
    """Return what to call the database in messages. Raises psycopg.ProgrammingError."""
    parts = conninfo_to_dict(url)
    where = parts.get("host") or parts.get("hostaddr") or "this machine"
    return f"the PostgreSQL database {parts.get('dbname') or parts.get('user') or ''} of {where}"


def open_session(url: str) -> psycopg.Connection[Any]:
    """Connect. Raises psycopg.Error, and ConfigError for a PostgreSQL that is too old."""
    given = conninfo_to_dict(url)
    usual = {name: value for name, value in _USUAL.items() if name not in given}
    own = f"roomcli on {socket.gethostname()[:30]}, process {os.getpid()}"
    connection = psycopg.connect(
        make_conninfo(url, **usual, application_name=own, client_encoding="UTF8"), autocommit=True
    )
    try:
        if connection.info.server_version < LOWEST_VERSION * 10_000:
            raise ConfigError(f"roomcli needs PostgreSQL {LOWEST_VERSION} or newer")
        connection.execute(_SETTINGS)
    except BaseException:
        connection.close()
        raise
    return connection


def hold(connection: psycopg.Connection[Any], seconds: float) -> None:
    """Take the lock of the database, and wait so long for it. Raises StoreError."""
    until = time.monotonic() + seconds
    while True:
        [(is_free,)] = connection.execute("SELECT pg_try_advisory_lock(%s)", (_LOCK,)).fetchall()
        if is_free:
            return
        if time.monotonic() >= until:
            holders = [name for (name,) in connection.execute(_HOLDER, (_LOCK,)).fetchall()]
            raise StoreError(f"another server holds it ({' '.join(holders) or 'it just ended'})")
        time.sleep(RETRY_SECONDS)


def next_fence(connection: psycopg.Connection[Any]) -> int:
    """Count one more server that has the database, and return its number."""
    statement = "UPDATE roomcli_server SET fence = fence + 1, holder = %s RETURNING fence"
    own = f"{socket.gethostname()}, process {os.getpid()}"
    [(fence,)] = connection.execute(statement, (own,)).fetchall()
    return int(fence)


def judge_fence(connection: psycopg.Connection[Any], fence: int) -> None:
    """Raise StoreError if another server has had the database since the one of this number."""
    [(newest, holder)] = connection.execute("SELECT fence, holder FROM roomcli_server").fetchall()
    if newest != fence:
        raise StoreError(
            f"another server has had it meanwhile ({holder}): stop this one, for what it knows is"
            " old"
        )
