"""A real PostgreSQL for tests: one for all tests of a process, and a new database for each."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from .patience import PATIENCE

PROGRAMS = max(Path("/usr/lib/postgresql").glob("*/bin"), default=Path("/usr/bin"))
OWNER = "postgres"
"""Who runs it where the tests run as root, for whom PostgreSQL does not run."""
USER = "roomcli"
OPTIONS = (
    *("-c", "listen_addresses="),
    *("-c", "fsync=off"),
    *("-c", "full_page_writes=off"),
    *("-c", "shared_buffers=16MB"),
    *("-c", "autovacuum=off"),
    # A test does not wait for the rest of a turn of what does nothing here.
    *("-c", "max_wal_senders=0"),
    *("-c", "wal_level=minimal"),
)


class Postgres:
    """A cluster in a folder of its own, reached by a Unix socket in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._numbers = itertools.count(1)
        self._process: subprocess.Popen[bytes] | None = None

    def make(self) -> None:
        """Make an empty cluster, in which whoever sees its folder may do everything."""
        if os.geteuid() == 0:
            shutil.chown(self.folder, OWNER)
        command = [*self._program("initdb"), f"--pgdata={self.folder / 'data'}", "--no-sync"]
        command += ["--auth=trust", "--encoding=UTF8", "--locale=C", f"--username={USER}"]
        made = subprocess.run(command, check=False, capture_output=True, text=True, cwd="/")
        assert made.returncode == 0, made.stderr

    def start(self) -> None:
        """Start it, and wait until it takes connections."""
        command = [*self._program("postgres"), "-D", str(self.folder / "data")]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*command, "-k", str(self.folder), *OPTIONS], stdout=log, stderr=log, cwd="/"
            )
        until = time.monotonic() + PATIENCE
        while True:
            try:
                self.give("SELECT 1")
                return
            except psycopg.OperationalError:
                if time.monotonic() > until or self._process.poll() is not None:
                    pytest.fail((self.folder / "log").read_text("utf-8"))
                time.sleep(0.02)

    def stop(self, number: signal.Signals = signal.SIGINT) -> None:
        """Stop it; whoever is connected is cut off."""
        assert self._process is not None
        self._process.send_signal(number)
        self._process.wait(PATIENCE)

    def url(self, database: str = "postgres") -> str:
        """Return the URL of one of its databases."""
        return f"postgresql://{USER}@/{database}?host={self.folder}"

    def new_database(self) -> str:
        """Return the URL of a new database without anything in it."""
        name = f"test{next(self._numbers)}"
        self.give(f"CREATE DATABASE {name} TEMPLATE template0")
        return self.url(name)

    def give(self, statement: str, url: str = "") -> None:
        """Carry out a statement in a database, by default one that no test has."""
        with psycopg.connect(url or self.url(), autocommit=True) as connection:
            connection.execute(statement.encode())

    def cut_off(self, url: str) -> None:
        """End all other connections to a database, as its admin may."""
        name = conninfo_to_dict(url)["dbname"]
        self.give(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            f" WHERE datname = '{name}' AND pid <> pg_backend_pid()"
        )

    @contextlib.contextmanager
    def frozen(self, url: str) -> Iterator[None]:
        """Stop all who serve a database, who say nothing any more, until the block ends."""
        name = conninfo_to_dict(url)["dbname"]
        with psycopg.connect(self.url(), autocommit=True) as connection:
            found = connection.execute(
                "SELECT pid FROM pg_stat_activity WHERE datname = %s", (name,)
            ).fetchall()
        pids = [pid for (pid,) in found]
        assert pids
        for number in pids:
            os.kill(number, signal.SIGSTOP)
        try:
            yield
        finally:
            for number in pids:
                os.kill(number, signal.SIGCONT)

    def _program(self, name: str) -> list[str]:
        as_owner = ("setpriv", f"--reuid={OWNER}", f"--regid={OWNER}", "--clear-groups", "--")
        return [*(as_owner if os.geteuid() == 0 else ()), str(PROGRAMS / name)]


@contextlib.contextmanager
def running_postgres() -> Iterator[Postgres]:
    """Yield a PostgreSQL that runs, in a folder that is gone afterwards.

    The test is left out where it is not installed.
    """
    if not (PROGRAMS / "initdb").exists():
        pytest.skip("PostgreSQL is not installed")
    # Not below pytest's folders: only their owner may look into these.
    with tempfile.TemporaryDirectory(prefix="roomcli-pg-") as folder:
        cluster = Postgres(Path(folder))
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
