"""Copies of the database file beside it: of each earlier version of its tables, and set aside."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import trio

from roomcli.errors import ConfigError

from ...data_folder import SET_ASIDE
from .. import copies

log = logging.getLogger(__name__)

SPARE_BYTES = 1024**2
"""Free bytes on the disk that have to be left beside a copy, for what the change itself writes."""


def copy_path(path: Path, version: int) -> Path:
    """Return where the copy of a database with tables of this version is."""
    return path.with_name(f"{path.name}.version-{version}")


def make_copy(database: sqlite3.Connection, path: Path, version: int) -> Path:
    """Copy the whole database, which its owner alone can read, and return where the copy is.

    A copy of the same version is replaced. Once this returns, the copy outlives a power cut. Raises
    ConfigError where there is no room for it; OSError, sqlite3.Error.
    """
    (pages,) = database.execute("PRAGMA page_count").fetchone()
    (page_size,) = database.execute("PRAGMA page_size").fetchone()
    size = pages * page_size
    if shutil.disk_usage(path.parent).free < 2 * size + SPARE_BYTES:
        raise ConfigError(
            f"{path} is of an older roomcli, and is copied before it is changed: make"
            f" {(2 * size + SPARE_BYTES) // 1024**2} MiB free on its disk"
        )
    whole = copy_path(path, version)
    with (
        created_beside(whole) as unfinished,
        contextlib.closing(sqlite3.connect(unfinished, isolation_level=None)) as copy,
    ):
        copy.execute("PRAGMA synchronous = FULL")
        database.backup(copy)
        # So that the copy is one file, and needs none beside it.
        copy.execute("PRAGMA journal_mode = DELETE")
    return whole


@contextlib.contextmanager
def created_beside(path: Path) -> Iterator[Path]:
    """Yield an empty file, its owner's alone, that takes the place of ``path`` when it is filled.

    After an error, or if the process is killed, what was at ``path`` stays. Raises OSError.
    """
    unfinished = path.with_name(f"{path.name}.unfinished")
    # Of a start that was killed. Of its journals SQLite makes nothing beside an empty file.
    unfinished.unlink(missing_ok=True)
    os.close(os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        yield unfinished
        os.replace(unfinished, path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    with contextlib.suppress(OSError):  # not every file system can sync a folder
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


class CopyFiles:
    """The copies beside a database."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def forget_old(self, now: float) -> None:
        # On a thread: nobody's voice waits while a large file is deleted.
        await trio.to_thread.run_sync(self._remove, now - copies.KEEP_COPY, abandon_on_cancel=True)

    def _remove(self, until: float) -> None:
        try:
            for kind in (".version-", SET_ASIDE):
                for path in self._path.parent.glob(f"{self._path.name}{kind}*"):
                    if path.stat().st_mtime <= until:
                        path.unlink()
        except OSError as error:
            log.warning("a copy of the store stays though it is old: %s", error)
