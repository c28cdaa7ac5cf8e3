"""What outlives the process, in SQLite behind one thread.

A write holds from when it is asked for: it is queued, and written again and again until it is on
disk. Whoever must not answer before that waits for :meth:`Store.flushed`. Voice never waits for any
of this.

    database  the queue of writes, and reads that see it
    writer    the thread that writes it
    schema    the tables and their versions
    rooms     open rooms, and the admin's invites to open more
    seats     what a resume ticket brings back
    bans      keys that are kept out
    silences  keys whose voice is let through nowhere
    log       moderation logs
    chat      what was written in open rooms
    reports   what was reported to the admins

    soundness    what a damaged page hides
    latest_time  for a start with a clock that was set back
"""

from __future__ import annotations

import contextlib
import logging
import shutil
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import trio

from roomcli.errors import ConfigError

from .bans import EVERYWHERE, Bans
from .chat import Chats
from .database import PATIENCE, StoreError
from .latest_time import LatestTime
from .log import Logs
from .reports import Reports
from .rooms import Rooms, StoredRoom
from .schema import BACKUP, MIGRATIONS, open_database
from .seats import Seat
from .silences import Silences
from .soundness import Soundness
from .writer import Told

log = logging.getLogger(__name__)

NEEDED_BYTES = 256 * 1024
"""On the disk, to open the store at all: what SQLite says without them is no help."""
DAY = 24 * 3600.0
KEEP_LOG = 90 * DAY
"""How long the moderation log of a room that ended is kept, from its last entry on."""
MAX_LOG = 1024**3
"""Bytes of moderation logs in all; beyond it those of rooms that ended go, the oldest first."""
KEEP_EVIDENCE = 30 * DAY
"""How long the voice and chat of a report are kept once it is resolved."""


class Store(Rooms, Bans, Silences, Logs, Chats, Reports, LatestTime, Soundness):
    """Open with :func:`open_store`; every method may be called from the Trio thread only."""

    async def load(self) -> None:
        """Have at hand what everybody is looked up in. Raises StoreError if too little is left."""
        await self.count_rows()
        await self.load_bans()
        await self.load_seats()
        await self.load_invites()
        await self.open_rooms()

    def forget_old(self, now: float) -> None:
        """Drop what has run out, and what is kept for a time only."""
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
    """The store in ``folder/roomcli.sqlite3``, its tables brought up to date.

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
    "StoreError",
    "StoredRoom",
    "open_store",
]
