"""A real PostgreSQL for tests: one for all tests of a process, and a new database for each."""

from __future__ import annotations

import contextlib
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from benchmarks.postgres import PostgresServer, missing_postgres

OPTIONS = (
    *("-c", "fsync=off"),
    *("-c", "full_page_writes=off"),
    *("-c", "shared_buffers=16MB"),
    *("-c", "autovacuum=off"),
    # A test does not wait for the rest of a turn of what does nothing here.
    *("-c", "max_wal_senders=0"),
    *("-c", "wal_level=minimal"),
)


class Postgres(PostgresServer):
    """A cluster for tests, which knows who serves a database."""

    def cut_off(self, url: str) -> None:
        """End all other connections to a database, as its admin may."""
        name = conninfo_to_dict(url)["dbname"]
        self.give(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            f" WHERE datname = '{name}' AND pid <> pg_backend_pid()"
        )

    def serving(self, url: str) -> list[int]:
        """Return the processes that serve a database."""
        name = conninfo_to_dict(url)["dbname"]
        with psycopg.connect(self.url(), autocommit=True) as connection:
            found = connection.execute(
                "SELECT pid FROM pg_stat_activity WHERE datname = %s", (name,)
            ).fetchall()
        assert found
        return [pid for (pid,) in found]


@contextlib.contextmanager
def running_postgres() -> Iterator[Postgres]:
    """Yield a PostgreSQL that runs, in a folder that is gone afterwards.

    The test is left out where it is not installed.
    """
    if lacking := missing_postgres():
        pytest.skip(lacking)
    # Not below pytest's folders: only their owner may look into these.
    with tempfile.TemporaryDirectory(prefix="roomcli-pg-") as folder:
        cluster = Postgres(Path(folder), *OPTIONS)
        cluster.make()
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop(signal.SIGQUIT)  # nobody needs what is in it any more


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """Return a PostgreSQL that runs for all tests."""
    with running_postgres() as cluster:
        yield cluster
