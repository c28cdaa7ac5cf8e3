"""PostgreSQL for the store's thread: a connection that is made again when it is lost."""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Sequence

import psycopg
from psycopg import errors

from roomcli.errors import StoreError

from ..tables.engine import Row, Statement
from .dialect import translated
from .holding import OPENING_SECONDS, begin_fenced, hold, judge_fence, taken_fence
from .schema import migrate
from .session import BoundedConnection, open_session

RECONNECT_SECONDS = 0.5
"""Seconds after a failed connection in which no other is tried: each may take long to fail."""
_TOO_LARGE = "54"
"""How the codes of errors begin that say that something is more than PostgreSQL can do."""


class PostgresEngine:
    """A database, as :class:`~server.store.tables.engine.DatabaseEngine` says.

    Opening it waits for a server that ends, takes the lock and brings the tables up to date. It is
    ``shared`` with other servers of a cluster. Raises ConfigError, StoreError, psycopg.Error.
    """

    def __init__(self, url: str, place: str, *, shared: bool = False) -> None:
        self.place = place
        self._url = url
        self._is_shared = shared
        self._try_at = 0.0
        self._why_lost = ""
        self.server = secrets.token_hex(8)
        """What this server is called where it tells others of what it writes."""
        self._connection = self._open_session()
        try:
            hold(self._connection, OPENING_SECONDS, shared=shared)
            migrate(self._connection, self.place)
            self._fence = taken_fence(self._connection, shared=shared)
            self.id_secret = self._read_id_secret() if shared else None
            """By what the servers that share it make the ids of people."""
        except BaseException:
            self._connection.close()
            raise

    @property
    def is_lost(self) -> bool:
        return self._connection.closed

    def begin_writing(self) -> None:
        connection = self._live_connection()
        try:
            begin_fenced(connection, self._fence)
        except StoreError:
            connection.close()  # it is another server's: nothing read from it is to be relied on
            raise
        except psycopg.Error:
            self.roll_back()
            raise

    def execute(self, statements: Sequence[Statement]) -> None:
        """Carry out statements with one wait for all of them."""
        with self._connection.pipeline():
            for statement, parameters in statements:
                self._connection.execute(translated(statement), parameters)
        # After a pipeline PostgreSQL does not count for how long nothing comes: psycopg has sent
        # one message more than it answers. Who stands still now must not hold its locks for ever.
        self._connection.execute("SELECT")

    def commit(self) -> None:
        ended = self._connection.execute("COMMIT").statusmessage
        if ended != "COMMIT":
            raise OSError(f"the transaction was not kept: {ended}")

    def roll_back(self) -> None:
        # Of a lost connection nothing is left to undo, or only what is harmless to repeat.
        try:
            self._connection.execute("ROLLBACK")
        except psycopg.Error:
            self._connection.close()

    def query(self, statement: Statement) -> list[Row]:
        text, parameters = statement
        return self._live_connection().execute(translated(text), parameters).fetchall()

    def may_pass(self, error: Exception) -> bool:
        if isinstance(error, errors.ReadOnlySqlTransaction | errors.InsufficientPrivilege):
            return True
        is_too_large = (getattr(error, "sqlstate", None) or "").startswith(_TOO_LARGE)
        return isinstance(error, psycopg.OperationalError | OSError | MemoryError) and (
            not is_too_large
        )

    def was_in_the_way(self, error: Exception) -> bool:
        return self._is_shared and isinstance(
            error, errors.LockNotAvailable | errors.DeadlockDetected
        )

    def checkpoint(self) -> bool:
        return True

    def close(self) -> None:
        with contextlib.suppress(psycopg.Error):
            self._connection.close()

    def _open_session(self) -> BoundedConnection:
        session = open_session(self._url, shared=self._is_shared)
        if self._is_shared:
            session.execute("SELECT set_config('roomcli.server', %s, FALSE)", (self.server,))
        return session

    def _read_id_secret(self) -> bytes:
        [(secret,)] = self._connection.execute("SELECT id_secret FROM roomcli_server").fetchall()
        return str(secret).encode()

    def _live_connection(self) -> BoundedConnection:
        """Return the connection, a new one if it was lost, which holds the database again."""
        if not self._connection.closed:
            return self._connection
        if time.monotonic() < self._try_at:
            raise ConnectionError(self._why_lost)
        connection = None
        try:
            connection = self._open_session()
            try:
                hold(connection, 0.0, shared=self._is_shared)
            except StoreError as error:  # perhaps our own session, of which nobody told the server
                raise ConnectionError(str(error)) from None
            judge_fence(connection, self._fence)
        except Exception as error:
            self._try_at = time.monotonic() + RECONNECT_SECONDS
            self._why_lost = str(error)
            if connection is not None:
                connection.close()
            raise
        self._connection = connection
        return connection
