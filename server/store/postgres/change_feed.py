"""What the other servers of a cluster write, told by PostgreSQL, into this one's memory.

Triggers tell of each row that is written of what servers have in memory (``schema``), in the
transaction that writes it: so what is told is there to be read. A connection of its own listens.
When it was lost everything is read again, since what was told meanwhile nobody tells again. What a
refused transaction was to write is read again too, and nothing else: one happens now and then.
What people are told comes the same way, and nobody keeps it.
"""

from __future__ import annotations

import contextlib
import functools
import logging
from collections.abc import Awaitable, Callable, Sequence

import msgspec
import psycopg
import trio

from roomcli.errors import ConfigError, StoreError

from ..followers import Followers, Hear
from ..tables import Refresh
from ..tables.changed import ChangedKeys, Key
from ..tables.database import Database
from ..tables.engine import Statement
from ..tables.written import written_rows
from ..writes import OUTDONE
from .carried_news import NEWS, news_in
from .session import BoundedConnection, one_line, open_session

log = logging.getLogger(__name__)

PULSE_SECONDS = 1.0
"""Seconds without a word after which PostgreSQL is asked whether it is there."""
RECONNECT_SECONDS = 0.5
"""Seconds after a lost connection, or a failed one, before the next is tried."""
_LISTEN = "LISTEN roomcli"
_EVERYTHING = ChangedKeys()
_TOLD = tuple[str, str, Key]
"""Which server wrote a row of which table, and the row's key."""


class ChangeFeed:
    """Hears of what others write, and lets memory follow. ``server`` is the name of this one.

    Call :meth:`listen` before the tables are read, so that nothing is missed in between.
    """

    def __init__(self, url: str, server: str, database: Database) -> None:
        self._url = url
        self._server = server
        self._database = database
        self._session: BoundedConnection | None = None
        self._heard: list[str] = []
        self._news: list[tuple[str, bytes]] = []
        """What people are to be told, once memory is as it was where that was said."""
        self._is_doubtful = False
        """Whether memory may be another than the tables: everything has to be read again."""
        self._refused: list[Statement] = []
        """What can never be written, and was not read again yet."""
        self._waiting = trio.CancelScope()
        self._right = trio.Event()
        """Set while memory is as the tables are, as far as is known."""
        self._right.set()

    async def listen(self) -> None:
        """Connect and listen. Raises psycopg.Error, ConfigError."""
        self._database.note_unwritable = self._note_refused
        session = await trio.to_thread.run_sync(open_session, self._url)
        self._session = session
        # What comes while a statement is carried out goes the same way.
        session.add_notify_handler(lambda told: self._heard.append(told.payload))
        await trio.to_thread.run_sync(session.execute, _LISTEN)

    async def keep_up(self, refresh: Refresh, followers: Followers) -> None:
        """Let memory follow what is heard, until cancelled."""
        self._database.lost_text = OUTDONE
        self._database.corrected = self._corrected
        while True:
            try:
                if self._session is None:
                    await self.listen()
                await self._follow(functools.partial(refresh, followers), followers.news)
            except (psycopg.Error, OSError, ConfigError, StoreError) as error:
                if not self._database.is_behind:
                    log.warning("what other servers change is not heard: %s", one_line(error))
                self._database.is_behind = self._is_doubtful = True
                self.close()
            await trio.sleep(RECONNECT_SECONDS)

    def close(self) -> None:
        """Listen no more."""
        session, self._session = self._session, None
        if session is not None:
            with contextlib.suppress(psycopg.Error):
                session.close()

    async def _follow(self, refresh: Callable[[ChangedKeys], Awaitable[None]], tell: Hear) -> None:
        """Let memory follow until the connection is lost, of which it raises the error."""
        while True:
            if self._is_doubtful or self._refused:
                everything, self._is_doubtful = self._is_doubtful, False
                refused, self._refused = self._refused, []
                await refresh(_EVERYTHING if everything else ChangedKeys(written_rows(refused)))
                if not self._refused:
                    self._right.set()
                if self._database.is_behind:
                    log.warning("what other servers change is heard again, and nothing is missing")
                self._database.is_behind = False
            heard, self._heard = self._heard, []
            keys = self._others_keys(heard)
            if keys:
                await refresh(ChangedKeys(keys))
            news, self._news = self._news, []
            for person, message in news:
                tell(person, message)
            if not keys:
                await self._await_words()

    async def _await_words(self) -> None:
        """Wait for more, and ask now and then whether PostgreSQL is there."""
        session = self._session
        assert session is not None
        with trio.move_on_after(PULSE_SECONDS) as self._waiting:
            await trio.lowlevel.wait_readable(session.fileno())
        if self._waiting.cancelled_caught:
            await trio.to_thread.run_sync(session.execute, "SELECT 1")
            return
        session.pgconn.consume_input()
        while (told := session.pgconn.notifies()) is not None:
            self._heard.append(told.extra.decode())

    async def _corrected(self) -> None:
        await self._right.wait()

    def _note_refused(self, statements: Sequence[Statement]) -> None:
        """Read soon again what these were to write: they never will."""
        self._refused += statements
        if self._right.is_set():
            self._right = trio.Event()
        self._waiting.cancel()

    def _others_keys(self, heard: list[str]) -> dict[str, dict[Key, None]]:
        """Return which rows others wrote, by table, in their order; note what people are told."""
        keys: dict[str, dict[Key, None]] = {}
        for each in heard:
            with contextlib.suppress(ValueError):  # said by somebody else
                server, table, key = msgspec.json.decode(each, type=_TOLD)
                if server == self._server:
                    continue
                if table == NEWS:
                    self._news.append(news_in(key))
                else:
                    keys.setdefault(table, {})[key] = None
        return keys
