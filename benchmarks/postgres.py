"""A real PostgreSQL in a folder of its own, on a Unix socket."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Collection, Iterator
from pathlib import Path

import psycopg

from . import machine, processes
from .report import NotMeasured

PROGRAMS = max(Path("/usr/lib/postgresql").glob("*/bin"), default=Path("/usr/bin"))
OWNER = "postgres"
"""Who runs it where root asks for it, for whom PostgreSQL does not run."""
USER = "roomcli"


def missing_postgres() -> str | None:
    """Say what to install, if it is not."""
    return None if (PROGRAMS / "initdb").exists() else "needs PostgreSQL: apt install postgresql"


class PostgresServer:
    """A cluster that can be stopped, started again and frozen; ``options`` are PostgreSQL's own."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self._options = ("-c", "listen_addresses=", *options)
        self._numbers = itertools.count(1)
        self._process: subprocess.Popen[bytes] | None = None

    def make(self) -> None:
        """Make an empty cluster, in which whoever sees its folder may do everything."""
        if os.geteuid() == 0:
            shutil.chown(self.folder, OWNER)
        command = [*self._program("initdb"), f"--pgdata={self.folder / 'data'}", "--no-sync"]
        command += ["--auth=trust", "--encoding=UTF8", "--locale=C", f"--username={USER}"]
        made = subprocess.run(command, check=False, capture_output=True, text=True, cwd="/")
        if made.returncode:
            raise NotMeasured(made.stderr)

    def start(self) -> None:
        """Start it, and wait until it takes connections. Raises NotMeasured."""
        command = [*self._program("postgres"), "-D", str(self.folder / "data")]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*command, "-k", str(self.folder), *self._options], stdout=log, stderr=log, cwd="/"
            )
        processes.guard.watch(self._process.pid)
        until = time.monotonic() + processes.START
        while True:
            try:
                self.give("SELECT 1")
                return
            except psycopg.OperationalError:
                if time.monotonic() > until or self._process.poll() is not None:
                    raise NotMeasured((self.folder / "log").read_text("utf-8")) from None
                time.sleep(0.02)

    def stop(self, number: signal.Signals = signal.SIGINT) -> None:
        """Stop it; whoever is connected is cut off."""
        assert self._process is not None
        self._process.send_signal(number)
        self._process.wait(processes.START)

    def url(self, database: str = "postgres") -> str:
        """Return the URL of one of its databases."""
        return f"postgresql://{USER}@/{database}?host={self.folder}"

    def new_database(self) -> str:
        """Return the URL of a new database without anything in it."""
        name = f"test{next(self._numbers)}"
        with psycopg.connect(self.url(), autocommit=True) as connection:
            # Twice as quick as through the log, and all that PostgreSQL 14 can do.
            how = " STRATEGY file_copy" if connection.info.server_version >= 150000 else ""
            connection.execute(f"CREATE DATABASE {name} TEMPLATE template0{how}".encode())
        return self.url(name)

    def give(self, statement: str, url: str = "") -> None:
        """Carry out a statement in a database, by default one that nobody uses."""
        with psycopg.connect(url or self.url(), autocommit=True) as connection:
            connection.execute(statement.encode())

    @property
    def pids(self) -> list[int]:
        """All its processes."""
        assert self._process is not None
        return [self._process.pid, *machine.children(self._process.pid)]

    def _program(self, name: str) -> list[str]:
        as_owner = ("setpriv", f"--reuid={OWNER}", f"--regid={OWNER}", "--clear-groups", "--")
        return [*(as_owner if os.geteuid() == 0 else ()), str(PROGRAMS / name)]


@contextlib.contextmanager
def frozen(pids: Collection[int]) -> Iterator[None]:
    """Stop processes, which say nothing any more, until the block ends."""
    for each in pids:
        os.kill(each, signal.SIGSTOP)
    try:
        yield
    finally:
        for each in pids:
            os.kill(each, signal.SIGCONT)
