"""Opens copies of a database and is killed each time: before its first statement, its second...

It is a program: ``python -m tests.server.store.sqlite.killed_openings TEMPLATE FOLDER``. It leaves
a folder for each kill, ``FOLDER/1`` and so on, until an opening came to its end. TEMPLATE is a
folder with the database, or without one. The opening is that of a roomcli which has one more
version of the tables than this one, so that there is always something to change.
"""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import sys
from itertools import count
from pathlib import Path
from typing import Any

from server.store.sqlite import schema

NEXT = "CREATE TABLE next (name TEXT) STRICT; INSERT INTO next SELECT name FROM rooms;"
"""What the version after this one might do."""


class Killed(sqlite3.Connection):
    """A connection that kills the process before one of all connections' statements."""

    left = 0
    """How many statements may still be carried out."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.set_trace_callback(self._count)

    def _count(self, statement: str) -> None:
        if Killed.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        Killed.left -= 1


def main(template: Path, folder: Path) -> None:
    """Kill an opening before each of its statements."""
    connect = sqlite3.connect
    schema.MIGRATIONS = (*schema.MIGRATIONS, NEXT)
    for left in count():
        place = folder / str(left + 1)
        shutil.copytree(template, place)
        if (child := os.fork()) == 0:
            Killed.left = left
            sqlite3.connect = lambda *given, **more: connect(*given, **more, factory=Killed)  # type: ignore[assignment]
            try:
                schema.open_database(place / "roomcli.sqlite3").close()
                os._exit(0)
            finally:
                os._exit(1)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            assert status == 0
            shutil.rmtree(place)
            return


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
