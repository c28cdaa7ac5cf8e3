"""Who holds the database: one server at a time, or several that are a cluster.

The lock belongs to the session: whoever lost the session lost it. A token, which each start of a
server alone and of the first of a cluster makes greater, is compared in each transaction that
writes: nothing is written by a server after another began, also where no lock tells it so, as
behind a pooler that gave its session away or after a failover to a PostgreSQL that knows of no
locks. Which server of a cluster may write a room, ``room_fences`` says.
"""

from __future__ import annotations

import os
import socket
import time
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from roomcli.errors import StoreError

OPENING_SECONDS = 5.0
"""Seconds that a server which starts waits for one that ends."""
RETRY_SECONDS = 0.1
_LOCK = 0x726F6F6D636C69
"""The number of the advisory lock: "roomcli" in ASCII."""
_TRY = "SELECT pg_try_advisory_lock(%s)"
_TRY_SHARED = "SELECT pg_try_advisory_lock_shared(%s)"
_HOLDER = """
SELECT application_name, mode = 'ShareLock' FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE locktype = 'advisory' AND granted AND pg_locks.database = (
    SELECT oid FROM pg_database WHERE datname = current_database()
) AND ((classid::bigint << 32) | objid::bigint) = %s
ORDER BY application_name LIMIT 20
"""
_TAKE_ALONE = """
UPDATE roomcli_server
SET fence = nextval('roomcli_fence'), holder = %s, is_shared = FALSE RETURNING fence
"""
_TAKE_SHARED = """
UPDATE roomcli_server
SET fence = nextval('roomcli_fence'), holder = 'a cluster', is_shared = TRUE WHERE NOT is_shared
"""
_FENCE = "SELECT fence FROM roomcli_server"
_IS_HELD = "SELECT 1 FROM roomcli_server WHERE fence <= %s"


def database_name(url: str) -> str:
    """Return what to call the database in messages. Raises psycopg.ProgrammingError."""
    parts = conninfo_to_dict(url)
    where = parts.get("host") or parts.get("hostaddr") or "this machine"
    return f"the PostgreSQL database {parts.get('dbname') or parts.get('user') or ''} of {where}"


def hold(connection: psycopg.Connection[Any], seconds: float, *, shared: bool = False) -> None:
    """Take the lock of the database, and wait so long for it. Raises StoreError.

    It is ``shared`` with other servers of a cluster, which all take it so.
    """
    until = time.monotonic() + seconds
    while True:
        statement = _TRY_SHARED if shared else _TRY
        [(is_free,)] = connection.execute(statement, (_LOCK,)).fetchall()
        if is_free:
            return
        if time.monotonic() >= until:
            holders = connection.execute(_HOLDER, (_LOCK,)).fetchall()
            raise StoreError(_told_holders(holders, shared=shared))
        time.sleep(RETRY_SECONDS)


def _told_holders(holders: list[tuple[str, bool]], *, shared: bool) -> str:
    names = ", ".join(name for name, _ in holders) or "it just ended"
    if any(is_of_cluster for _, is_of_cluster in holders):
        return f"servers of a cluster hold it ({names}): give this one --cluster too, or stop them"
    if shared:
        return f"another server holds it ({names}): give that one --cluster too, or stop it"
    return f"another server holds it ({names})"


def taken_fence(connection: psycopg.Connection[Any], *, shared: bool) -> int:
    """Take the database from whichever server had it, and return the token to write with.

    It waits for the transaction that the other is in, which holds what it has compared. Servers
    that share it have one token, until a server takes it alone.
    """
    if shared:
        connection.execute(_TAKE_SHARED)
        [(fence,)] = connection.execute(_FENCE).fetchall()
    else:
        own = f"{socket.gethostname()}, process {os.getpid()}"
        [(fence,)] = connection.execute(_TAKE_ALONE, (own,)).fetchall()
    return int(fence)


def judge_fence(connection: psycopg.Connection[Any], fence: int) -> None:
    """Raise StoreError if another server took the database from the one with this token."""
    if not connection.execute(_IS_HELD, (fence,)).fetchall():
        raise _taken(connection)


def begin_fenced(connection: psycopg.Connection[Any], fence: int) -> None:
    """Begin a transaction in which nobody takes the database before it ends.

    Raises StoreError if another server took it already; the transaction has begun nevertheless.
    """
    begun = f"BEGIN; SELECT 1 FROM roomcli_server WHERE fence <= {fence:d} FOR SHARE"
    held = connection.execute(begun.encode())
    held.nextset()
    if not held.fetchall():
        raise _taken(connection)


def _taken(connection: psycopg.Connection[Any]) -> StoreError:
    [(holder,)] = connection.execute("SELECT holder FROM roomcli_server").fetchall()
    return StoreError(
        f"another server has had it meanwhile ({holder}): stop this one, for what it knows is old"
    )
