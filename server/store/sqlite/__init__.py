"""The store in SQLite, behind one thread.

    database     the queue of writes, and reads that see them
    writer       the thread that writes them
    schema       the tables and their versions
    copies       copies from before the tables were changed
    soundness    checks for hidden damage
    whole_copy   whole copies for backups
    unopened     what is left of rooms that nobody opens

Each other module is the table of one noun, and does what the protocol of that name says.
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

from ...limits import ServerLimits
from .. import Store
from .bans import BanTable
from .calendar import CalendarTable
from .chat import ChatTable
from .claims import ClaimTable
from .communities import CommunityTable
from .copies import CopyFiles
from .database import Database
from .host_tokens import HostTokenTable
from .keyrings import KeyringTable
from .latest_time import ClockTable
from .log import LogTable
from .people import PeopleTable
from .profiles import ProfileTable
from .reports import ReportTable
from .rooms import RoomTable
from .schema import BACKUP, DATABASE, open_database
from .seats import SeatTable
from .silences import SilenceTable
from .soundness import Soundness
from .ties import TieTable
from .writer import Told

log = logging.getLogger(__name__)

NEEDED_BYTES = 256 * 1024
"""Free bytes on the disk that opening the store takes; SQLite's own error says nothing helpful."""


def _log(code: str, text: str) -> None:
    log.warning("%s", text)


@contextlib.asynccontextmanager
async def open_store(
    folder: Path, tell: Told = _log, limits: ServerLimits | None = None
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
    database = Database(path, connection, tell)
    try:
        try:
            store = await _loaded(database, limits or ServerLimits())
        except StoreError as error:
            raise ConfigError(f"{path} is damaged: {error}; {BACKUP}") from None
        yield store
    finally:
        with trio.CancelScope(shield=True):
            await database.aclose()


async def _loaded(database: Database, limits: ServerLimits) -> Store:
    """Return the store, with what is looked up for every connection in memory.

    Raises StoreError if too little of it can be read.
    """
    soundness = Soundness(database)
    bans, seats = BanTable(database, limits), SeatTable(database)
    host_tokens, people = HostTokenTable(database), PeopleTable(database)
    profiles, claims = ProfileTable(database), ClaimTable(database)
    profiles, ties = ProfileTable(database), TieTable(database)
    keyrings = KeyringTable(database)
    rooms = RoomTable(database, seats, soundness)
    await soundness.count_rows()
    await bans.load()
    await seats.load()
    await host_tokens.load()
    await people.load()
    await profiles.load()
    await ties.read_all()
    await keyrings.load()
    await claims.load()
    await rooms.names()
    return Store(
        place=str(database.path),
        rooms=rooms,
        seats=seats,
        bans=bans,
        silences=SilenceTable(database, limits),
        log=LogTable(database, limits),
        chat=ChatTable(database, limits),
        reports=ReportTable(database, limits),
        host_tokens=host_tokens,
        communities=CommunityTable(database),
        people=people,
        calendar=CalendarTable(database),
        profiles=profiles,
        ties=ties,
        keyrings=keyrings,
        claims=claims,
        latest_time=ClockTable(database),
        copies=CopyFiles(database.path),
        writes=database,
    )
