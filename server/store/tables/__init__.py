"""The store in tables of a database, whose kind an engine knows.

    database     the queue of writes, and reads that see them
    writer       the thread that writes them
    engine       what it needs of a kind of database
    guard        what a room's transactions have to find in it
    saving       the statement that saves a row
    stamps       of two servers that change the same at once one is right
    unopened     what is left of rooms that nobody opens
    changed      what other servers changed of what is in memory
    written      which rows are read again when a transaction is never written

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
from ..followers import Followers
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
from .stamps import (
    CALENDAR,
    COMMUNITY,
    HOSTS,
    KEY,
    MEMBER,
    NAME,
    ROOM,
    ChangeStamps,
    stamped,
)
from .ties import TieTable
from .writer import Told

log = logging.getLogger(__name__)

_OF_COMMUNITIES = (COMMUNITY, MEMBER, ROOM, NAME)

Refresh = Callable[[Followers, ChangedKeys], Awaitable[None]]
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
) -> tuple[Store, Refresh, ChangeStamps]:
    """Return the store, what lets its memory follow other servers, and the stamps it builds upon.

    What is looked up for every connection is in memory. ``id_secret`` is what the servers share
    that make ids of people. Raises StoreError if too little of it can be read.
    """
    stamps = ChangeStamps(database, is_shared=id_secret is not None)
    bans, seats = BanTable(database, limits), SeatTable(database)
    host_tokens, people = HostTokenTable(database, stamps), PeopleTable(database, id_secret)
    profiles, claims = ProfileTable(database), ClaimTable(database)
    keyrings, ties = KeyringTable(database, stamps), TieTable(database)
    rooms = RoomTable(database, seats, people, check_rows)
    await stamps.read_stamps()
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
        communities=CommunityTable(database, stamps),
        people=people,
        calendar=CalendarTable(database, stamps),
        profiles=profiles,
        ties=ties,
        keyrings=keyrings,
        claims=claims,
        latest_time=ClockTable(database),
        copies=copies,
        writes=database,
    )

    following = (people, profiles, ties, bans, claims)
    refresh = functools.partial(_refresh_all, stamps, keyrings, host_tokens, following)
    return store, refresh, stamps


async def _refresh_all(
    stamps: ChangeStamps,
    keyrings: KeyringTable,
    host_tokens: HostTokenTable,
    tables: Iterable[FollowingTable],
    followers: Followers,
    changed: ChangedKeys,
) -> None:
    # What has a new stamp is read again: not all that its transaction told may be heard yet.
    put_elsewhere = await stamps.put_elsewhere(changed)
    for each in tables:
        await each.refresh(changed)
    of_keys = stamped(put_elsewhere, KEY)  # who begins with a key has its id
    await keyrings.refresh(changed.and_those("keyrings", {*of_keys, *of_keys.values()}))
    stamps.adopt(put_elsewhere, KEY)
    await host_tokens.refresh(ChangedKeys() if stamped(put_elsewhere, HOSTS) else changed)
    stamps.adopt(put_elsewhere, HOSTS)
    for follow, kinds, names in (
        (followers.communities, _OF_COMMUNITIES, ("communities", "community_people")),
        (followers.calendar_events, (CALENDAR,), ("calendar_events", "calendar_answers")),
        (followers.choices, (), ("calendar_people",)),
    ):
        ids = changed.first_columns(*names)
        if ids is not None:
            ids = {*ids, *(id for kind in kinds for id in stamped(put_elsewhere, kind).values())}
        if ids is None or ids:
            await follow(ids)
        for kind in kinds:
            stamps.adopt(put_elsewhere, kind)  # at once: whoever was told just now may answer
