"""A session with PostgreSQL that waits for nothing without end.

A network that swallows packets and a database that was stopped say nothing, not even that they are
gone. So each side has its bounds: the statement at PostgreSQL, the packets in the kernel, and the
silence here.
"""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Iterator
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from roomcli.errors import ConfigError
from roomcli.protocol.text import cleaned

T = TypeVar("T")

SILENCE_SECONDS = 4.0
"""Seconds without a byte from PostgreSQL after which a session is given up: less than a command
waits for its write."""
LOWEST_VERSION = 14
_SETTINGS = """
SET synchronous_commit = on;
SET client_min_messages = warning;
SET idle_session_timeout = 0;
SET lock_timeout = '100ms';
SET statement_timeout = '10s';
SET idle_in_transaction_session_timeout = '10s';
SET tcp_user_timeout = '10s';
SET tcp_keepalives_idle = 5;
SET tcp_keepalives_interval = 2;
SET tcp_keepalives_count = 3;
"""
"""What was acknowledged survives a power cut; a table that somebody locked is like a disk that
cannot be written; and what a machine that vanished or stands still has locked is free after some
ten seconds."""
_SHARED_SETTINGS = """
SET idle_in_transaction_session_timeout = '2s';
SET lock_timeout = '2s';
"""
"""Where others write too. Who tells the others (`NOTIFY`) commits one after the other, each with
its wait for the disk: that takes its time, and is no trouble. And a server that stands still amid a
transaction keeps a room from the next."""
_USUAL = {
    "connect_timeout": 3,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
"""How soon a database that is gone is noticed, unless its URL says otherwise."""


class BoundedConnection(psycopg.Connection[Any]):
    """A connection that is closed when PostgreSQL has said nothing for too long.

    What it did last is not known then. Whoever waits gets an OperationalError.
    """

    _is_hurried = True

    def wait(self, gen: PQGen[T], *args: Any, **kwargs: Any) -> T:
        """Carry out what psycopg wants to wait for."""
        return super().wait(self._bounded(gen) if self._is_hurried else gen, *args, **kwargs)

    @contextlib.contextmanager
    def unhurried(self) -> Iterator[None]:
        """Let statements inside take as long as they do, as changes of tables may."""
        self.execute("SET statement_timeout = 0")
        self._is_hurried = False
        try:
            yield
        finally:
            self._is_hurried = True
        self.execute("SET statement_timeout = '10s'")

    def _bounded(self, gen: PQGen[T]) -> PQGen[T]:
        until = time.monotonic() + SILENCE_SECONDS
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                now = time.monotonic()
                if ready:
                    until = now + SILENCE_SECONDS
                elif now >= until:
                    self.close()
                    raise psycopg.OperationalError(
                        f"PostgreSQL has not answered for {SILENCE_SECONDS:.0f} s"
                    )
                wanted = gen.send(ready)
        except StopIteration as end:
            result: T = end.value
            return result


def one_line(error: Exception) -> str:
    """Return what PostgreSQL says of an error, of which it makes several lines, as one."""
    return cleaned(" ".join(str(error).split()), 300)


def open_session(url: str, *, shared: bool = False) -> BoundedConnection:
    """Connect to a database, which may be ``shared`` with other servers.

    Raises psycopg.Error, and ConfigError for a PostgreSQL that is too old.
    """
    given = conninfo_to_dict(url)
    usual = {name: value for name, value in _USUAL.items() if name not in given}
    own = f"roomcli on {socket.gethostname()[:30]}, process {os.getpid()}"
    session = BoundedConnection.connect(
        make_conninfo(url, **usual, application_name=own, client_encoding="UTF8"), autocommit=True
    )
    try:
        if session.info.server_version < LOWEST_VERSION * 10_000:
            raise ConfigError(f"roomcli needs PostgreSQL {LOWEST_VERSION} or newer")
        session.execute(_SETTINGS)
        if shared:
            session.execute(_SHARED_SETTINGS)
    except BaseException:
        session.close()
        raise
    return session
