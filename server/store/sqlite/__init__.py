"""The store in SQLite: the tables in one file of the data folder.

engine       the file's connection, for the store's thread
schema       the tables and their versions
copies       copies from before the tables were changed
soundness    checks for hidden damage
rows         all rows, for a store of another kind
whole_copy   whole copies for backups
"""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import trio

from roomcli.errors import ConfigError, StoreError

from ...limits import ServerLimits
from .. import Store
from ..tables import load_store, opened, tell_log
from ..tables.writer import Told
from .copies import CopyFiles
from .engine import SqliteEngine
from .schema import BACKUP, DATABASE, open_database
from .soundness import Soundness

NEEDED_BYTES = 256 * 1024
"""Free bytes on the disk that opening the store takes; SQLite's own error says nothing helpful."""


@contextlib.asynccontextmanager
async def open_store(
    folder: Path, tell: Told = tell_log, limits: ServerLimits | None = None
) -> AsyncIterator[Store]:
    """Open the store in ``folder/roomcli.sqlite3`` and bring its tables up to date.

    ``tell`` gets what whoever runs the server should know, ``limits`` say how much is kept. Raises
    ConfigError when the file cannot be used.
    """
    path = folder / DATABASE
    try:
        connection = await trio.to_thread.run_sync(open_database, path)
    except (OSError, sqlite3.Error) as error:
        is_full = shutil.disk_usage(folder).free < NEEDED_BYTES
        advice = ": the disk is full, make room on it" if is_full else ""
        raise ConfigError(f"the server's data in {path} cannot be used: {error}{advice}") from None
    async with opened(SqliteEngine(path, connection), tell) as database:
        try:
            soundness = Soundness(database)
            await soundness.count_rows()
            check_rows = soundness.check_room
            store, *_ = await load_store(
                database, limits or ServerLimits(), CopyFiles(path), check_rows
            )
        except StoreError as error:
            raise ConfigError(f"{path} is damaged: {error}; {BACKUP}") from None
        yield store
