"""The store in tables of a database, whose kind an engine knows.

    database     the queue of writes, and reads that see them
    writer       the thread that writes them
    engine       what it needs of a kind of database
    guard        what a room's transactions have to find in it
    saving       the statement that saves a row
    unopened     what is left of rooms that nobody opens
    changed      what other servers changed of what is in memory

Each other module is the table of one noun, and does what the protocol of that name says.
"""

from __future__ import annotations

import contextlib
import functools
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

import trio

from ...limits import ServerLimits
from .. import Store
from ..copies import Copies
from .bans import BanTable
from .calendar import CalendarTable
from .changed import ChangedKeys, FollowingTable
from .chat import ChatTable
from .claims import ClaimTable
from .communities import CommunityTable
from .database import Database
from .engine import DatabaseEngine
from .host_tokens import HostTokenTable
from .keyrings import KeyringTable
from .latest_time import ClockTable
from .log import LogTable
from .people import PeopleTable
from .profiles import ProfileTable
from .reports import ReportTable
from .rooms import CheckRows, RoomTable
from .seats import SeatTable
from .silences import SilenceTable
from .ties import TieTable
from .writer import Told

log = logging.getLogger(__name__)

Refresh = Callable[[ChangedKeys], Awaitable[None]]
"""Reads again what other servers changed, and replaces what is in memory. Raises StoreError."""


def tell_log(code: str, text: str) -> None:
    """Tell the log alone what whoever runs the server should know."""
    log.warning("%s", text)


@contextlib.asynccontextmanager
async def opened(engine: DatabaseEngine, tell: Told) -> AsyncIterator[Database]:
    """Yield the queue and the reads over an engine, which is closed at the end."""
    database = Database(engine, tell)
    try:
        yield database
    finally:
        with trio.CancelScope(shield=True):
            await database.aclose()


async def load_store(
    database: Database,
    limits: ServerLimits,
    copies: Copies,
    check_rows: CheckRows,
    id_secret: bytes | None = None,
) -> tuple[Store, Refresh]:
    """Return the store, and what lets its memory follow other servers.

    What is looked up for every connection is in memory. ``id_secret`` is what the servers share
    that make ids of people. Raises StoreError if too little of it can be read.
    """
    bans, seats = BanTable(database, limits), SeatTable(database)
    host_tokens, people = HostTokenTable(database), PeopleTable(database, id_secret)
    profiles, claims = ProfileTable(database), ClaimTable(database)
    keyrings, ties = KeyringTable(database), TieTable(database)
    rooms = RoomTable(database, seats, people, check_rows)
    await bans.load()
    await seats.load()
    await host_tokens.load()
    await people.load()
    await profiles.load()
    await ties.read_all()
    await keyrings.load()
    await claims.load()
    await rooms.names()
    store = Store(
        place=database.place,
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
        copies=copies,
        writes=database,
    )

    following = (people, profiles, keyrings, ties, bans, claims, host_tokens)
    return store, functools.partial(_refresh_all, following)


async def _refresh_all(tables: Iterable[FollowingTable], changed: ChangedKeys) -> None:
    for each in tables:
        await each.refresh(changed)
