"""The store: what is kept on disk, in SQLite behind one thread.

A write is valid from when it is queued, and is tried again and again until it is on disk. Whoever
must not answer before that waits for :meth:`Store.flushed`. Voice never waits for the store.

    database     the queue of writes, and reads that see them
    writer       the thread that writes them
    schema       the tables and their versions
    rooms        open rooms, and the admin's invites to open more
    seats        the places that resume tickets bring back
    bans         keys that may not come in
    silences     people whom moderators silenced
    log          moderation logs
    chat         chat messages of open rooms
    reports      reports for the server's admins
    soundness    checks for hidden damage
    latest_time  the latest time seen, for a start with a clock that was set back
"""

from __future__ import annotations

import contextlib
import logging
import shutil
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import trio

from roomcli.errors import ConfigError, StoreError

from .sqlite.bans import EVERYWHERE, Bans
from .sqlite.chat import Chats
from .sqlite.database import PATIENCE
from .sqlite.latest_time import LatestTime
from .sqlite.log import Logs
from .sqlite.reports import Reports
from .sqlite.rooms import Rooms, StoredRoom
from .sqlite.schema import BACKUP, MIGRATIONS, open_database
from .sqlite.seats import Seat
from .sqlite.silences import Silences
from .sqlite.soundness import Soundness
from .sqlite.writer import Told

log = logging.getLogger(__name__)

NEEDED_BYTES = 256 * 1024
"""Free bytes on the disk that opening the store takes; SQLite's own error says nothing helpful."""
DAY = 24 * 3600.0
KEEP_LOG = 90 * DAY
"""Seconds that the moderation log of an ended room is kept after its last entry."""
MAX_LOG = 1024**3
"""The most bytes of moderation logs in all. Beyond that the logs of ended rooms are deleted, the
oldest first."""
KEEP_EVIDENCE = 30 * DAY
"""Seconds that the voice and chat of a report are kept after it is resolved."""


class Store(Rooms, Bans, Silences, Logs, Chats, Reports, LatestTime, Soundness):
    """All tables of the store.

    Open it with :func:`open_store`; call its methods from the Trio thread only.
    """

    async def load(self) -> None:
        """Load into memory what is looked up for every connection.

        Raises StoreError if too little of it can be read.
        """
        await self.count_rows()
        await self.load_bans()
        await self.load_seats()
        await self.load_invites()
        await self.open_rooms()

    def forget_old(self, now: float) -> None:
        """Delete what has expired, and what is kept for a limited time only."""
        self.forget_old_seats(now)
        self.forget_old_invites(now)
        self._enqueue("DELETE FROM bans WHERE until <= ?", (now,))
        self._enqueue(
            "DELETE FROM moderation_log WHERE (room, opened_at) IN (SELECT room, opened_at"
            " FROM moderation_log GROUP BY room, opened_at HAVING max(at) <= ?)"
            " AND (room, opened_at) NOT IN (SELECT name, opened_at FROM rooms)",
            (now - KEEP_LOG,),
        )
        self._enqueue(
            "DELETE FROM moderation_log WHERE (room, opened_at) IN (SELECT room, opened_at FROM"
            " (SELECT room, opened_at, sum(size) OVER (ORDER BY newest DESC) AS until_here FROM"
            " (SELECT room, opened_at, sum(length(entry)) AS size, max(at) AS newest"
            " FROM moderation_log GROUP BY room, opened_at)) WHERE until_here > ?)"
            " AND (room, opened_at) NOT IN (SELECT name, opened_at FROM rooms)",
            (MAX_LOG,),
        )
        self._enqueue(
            "UPDATE reports SET evidence = NULL WHERE resolved_at <= ? AND evidence IS NOT NULL",
            (now - KEEP_EVIDENCE,),
        )


def _log(code: str, text: str) -> None:
    log.warning("%s", text)


@contextlib.asynccontextmanager
async def open_store(folder: Path, tell: Told = _log) -> AsyncIterator[Store]:
    """Open the store in ``folder/roomcli.sqlite3`` and bring its tables up to date.

    ``tell`` gets what whoever runs the server should know. Raises ConfigError when the file cannot
    be used.
    """
    path = folder / "roomcli.sqlite3"
    try:
        database = await trio.to_thread.run_sync(open_database, path)
    except (OSError, sqlite3.Error) as error:
        is_full = shutil.disk_usage(folder).free < NEEDED_BYTES
        advice = ": the disk is full, make room on it" if is_full else ""
        raise ConfigError(f"the server's data in {path} cannot be used: {error}{advice}") from None
    store = Store(path, database, tell)
    try:
        try:
            await store.load()
        except StoreError as error:
            raise ConfigError(f"{path} is damaged: {error}; {BACKUP}") from None
        yield store
    finally:
        with trio.CancelScope(shield=True):
            await store.aclose()


__all__ = [
    "EVERYWHERE",
    "MAX_LOG",
    "MIGRATIONS",
    "PATIENCE",
    "Seat",
    "Store",
    "StoredRoom",
    "open_store",
]
