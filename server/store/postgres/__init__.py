"""The store in a PostgreSQL database, which one server holds, or those of a cluster together.

engine       the connection, for the store's thread
session      what it waits for, and how long
filling      an empty one is filled from a store of another kind
schema       the tables and their versions
holding      who has the database
change_feed  what the other servers of a cluster write
carried_news  what people are told, for the other servers
room_fences  who has a room, where several have the database
room_answers what rooms have carried out lately, where several have the database
dialect      the tables' SQL as PostgreSQL wants it
"""

from __future__ import annotations

import contextlib
import functools
import logging
from collections.abc import AsyncIterator
from dataclasses import replace

import psycopg
import trio

from roomcli.errors import ConfigError, StoreError

from ...limits import ServerLimits
from .. import Store
from ..followers import Followers
from ..tables import Refresh, load_store, opened, tell_log
from ..tables.stamps import ChangeStamps
from ..tables.writer import Told
from .carried_news import CarriedNews
from .change_feed import ChangeFeed
from .engine import PostgresEngine
from .filling import fill_database
from .holding import database_name
from .room_answers import SharedAnswers
from .room_fences import SharedFences
from .session import one_line

log = logging.getLogger(__name__)

FORGET_SECONDS = 3600.0
"""Seconds between two times that stamps of what is gone are forgotten."""


class CopiesOfOthers:
    """The copies of the database, which its own programs make: pg_dump."""

    async def forget_old(self, now: float) -> None:
        pass


@contextlib.asynccontextmanager
async def open_store(
    url: str, tell: Told = tell_log, limits: ServerLimits | None = None, *, shared: bool = False
) -> AsyncIterator[Store]:
    """Open the store in a PostgreSQL database and bring its tables up to date.

    ``tell`` gets what whoever runs the server should know, ``limits`` say how much is kept. It may
    be ``shared`` with other servers of a cluster. Raises ConfigError when the database cannot be
    used.
    """
    try:
        place = database_name(url)
    except psycopg.ProgrammingError as error:
        raise ConfigError(f"--store cannot be understood: {one_line(error)}") from None
    try:
        opening = functools.partial(PostgresEngine, url, place, shared=shared)
        engine = await trio.to_thread.run_sync(opening)
    except (psycopg.Error, StoreError) as error:
        raise ConfigError(f"{place} cannot be used: {one_line(error)}") from None
    async with opened(engine, tell) as database:
        feed = ChangeFeed(url, engine.server, database)
        fences = SharedFences(database) if shared else None
        news = CarriedNews(database, engine.server) if shared else None
        try:
            if shared:
                await feed.listen()
            store, refresh, stamps = await load_store(
                *(database, limits or ServerLimits(), CopiesOfOthers()),
                *(_is_sound, engine.id_secret),
            )
        except (psycopg.Error, StoreError) as error:
            raise ConfigError(f"{place} cannot be read: {one_line(error)}") from None
        keep_up = functools.partial(_keep_up, feed, refresh, stamps) if shared else None
        with contextlib.closing(feed):
            answers = SharedAnswers(database) if shared else None
            yield replace(
                store, keep_up=keep_up, fences=fences, answers=answers, personal_news=news
            )


async def _keep_up(
    feed: ChangeFeed, refresh: Refresh, stamps: ChangeStamps, followers: Followers
) -> None:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(feed.keep_up, refresh, followers)
        while True:
            try:
                await stamps.forget_old()
            except StoreError as error:
                log.warning("stamps of what is gone are kept: %s", one_line(error))
            await trio.sleep(FORGET_SECONDS)


async def _is_sound(room: str, owner: str, opened_at: float) -> None:
    """Find no damage: PostgreSQL looks for it itself."""


__all__ = ["fill_database", "open_store"]
