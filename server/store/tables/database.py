"""The Trio side of the store's thread: reads, writes, and waiting for the disk.

A write is queued and valid from then on: reads see it, on disk or not. Whoever must not answer
before it is on disk waits for :meth:`Database.flushed`.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any, TypeVar

import msgspec
import trio

from roomcli.errors import StoreError

from ..writes import HELD, LOST, PATIENCE, WriteTrouble
from .engine import DatabaseEngine, Row, Statement
from .guard import OneServer, RoomGuard
from .writer import Close, Hurry, Query, Told, Transaction, Writer

T = TypeVar("T")

RETRY_READ = 0.1
CLOSING_SECONDS = 30.0
MAX_QUEUED = 20_000
"""Transactions waiting for the disk at which the queue counts as full."""
MAX_QUEUED_BYTES = 64 * 1024**2
MAX_REMEMBERED = 1000
"""The most failed transactions that are remembered, for whoever still waits for one."""
ALL = 2**63 - 1
"""A LIMIT that leaves nothing out."""
STATEMENT_BYTES = 500
"""Bytes that a queued statement takes besides its texts, roughly."""


def decoded(text: Any, kind: type[T]) -> T:
    """Decode the JSON of a column. Raises StoreError."""
    try:
        return msgspec.json.decode(text, type=kind)
    except (msgspec.MsgspecError, TypeError) as error:  # on a damaged page it may not be text
        raise StoreError(f"what is kept cannot be read: {error}") from error


def unpacked(packed: Any, kind: type[T]) -> T:
    """Decode the msgpack of a column. Raises StoreError."""
    try:
        return msgspec.msgpack.decode(packed, type=kind)
    except (msgspec.MsgspecError, TypeError) as error:
        raise StoreError(f"what is kept cannot be read: {error}") from error


class Database:
    """The queue of writes and reads for the tables; call it from the Trio thread only.

    ``tell`` gets what whoever runs the server should know: a code, and one line.
    """

    def __init__(self, engine: DatabaseEngine, tell: Told) -> None:
        self.place = engine.place
        """Where the data are, for messages to the admin."""
        self.queued = 0
        """The number of the newest transaction."""
        self.guard: RoomGuard = OneServer()
        """Makes sure of each room's transactions that the room is this server's."""
        self._engine = engine
        self._token = trio.lowlevel.current_trio_token()
        self._open: list[Statement] | None = None  # the statements of the open transaction so far
        self._rooms: dict[str, None] = {}  # whose they are
        self._written = 0
        self._bytes = 0
        self._unwritable: dict[int, Exception] = {}
        self._progress = trio.Event()
        self.tell_admin = tell
        self.is_behind = False
        """Whether other servers may have changed what is in memory here, and it was not heard."""
        self.note_unwritable: Callable[[Sequence[Statement]], None] = lambda statements: None
        """Hears what can never be written, so that memory is not as the tables are."""
        self.lost_text = LOST
        """What whoever waits for such a write is told."""
        self.corrected: Callable[[], Awaitable[None]] | None = None
        """Waits until memory is as the tables are again; nobody is told before."""
        self._writer = Writer(
            engine,
            functools.partial(self._on_thread, self._settle),
            functools.partial(self._on_thread, tell),
        )

    @property
    def trouble(self) -> WriteTrouble | None:
        """The reason why nothing can be written, and since when; None while writing works."""
        return self._writer.trouble

    @property
    def is_lost(self) -> bool:
        """Whether another server may have the data by now, or may have changed them unheard."""
        return self.is_behind or (self.trouble is not None and self._engine.is_lost)

    @property
    def waiting(self) -> int:
        """The number of transactions that are not on disk yet."""
        return self.queued - self._written

    @property
    def fullness(self) -> float:
        """How much waits for the disk, as a share of what makes the queue full."""
        return max(self.waiting / MAX_QUEUED, self._bytes / MAX_QUEUED_BYTES)

    @contextlib.contextmanager
    def transaction(self, room: str = "") -> Iterator[None]:
        """Write everything that is queued inside together, or nothing of it.

        What is written of a ``room`` is refused for good once another server has that.
        """
        if room:
            self._rooms[room] = None
        if self._open is not None:
            yield
            return
        self._open = []
        try:
            yield
        finally:
            # Also after an error: what was done until then is kept.
            statements, self._open = tuple(self._open), None
            rooms, self._rooms = self._rooms, {}
            if statements:
                self.queued += 1
                guards = [each for name in rooms for each in self.guard.owned(name)]
                statements = (*guards, *statements)
                self._bytes += _size(statements)
                self._writer.put(Transaction(self.queued, statements))

    async def flushed(self, number: int | None = None, until: float | None = None) -> None:
        """Wait until the transaction of this number, the newest by default, is on disk.

        ``until`` is the time of Trio's clock at which to give up, by default in 5 s. Raises
        StoreError when the transaction is not written by then, or can never be.
        """
        number = self.queued if number is None else number
        if self._written < number:
            self._writer.put(Hurry())
        with trio.move_on_at(trio.current_time() + PATIENCE if until is None else until):
            while self._written < number:
                await self._progress.wait()
        if self._written < number:
            raise StoreError(HELD)
        if number in self._unwritable:
            if self.corrected is not None:
                with trio.move_on_after(PATIENCE):
                    await self.corrected()
            raise StoreError(self.lost_text)

    async def aclose(self) -> None:
        """Write what is queued and close; give up after a while if the disk hangs."""
        self._writer.put(Close())
        with trio.move_on_after(CLOSING_SECONDS):
            await trio.to_thread.run_sync(self._writer.join, abandon_on_cancel=True)

    def enqueue(self, statement: str, parameters: tuple[Any, ...] = ()) -> None:
        """Queue a statement that may be repeated without harm."""
        self.enqueue_all((statement, parameters))

    def enqueue_all(self, *statements: Statement) -> None:
        """Queue statements, each of which may be repeated without harm."""
        with self.transaction():
            assert self._open is not None
            self._open.extend(statements)

    async def query(self, statement: str, parameters: tuple[Any, ...] = ()) -> list[Row]:
        """Return the rows on disk. Raises StoreError.

        Earlier queued writes are included unless they cannot be written at present. A caller that
        must miss nothing uses :meth:`query_with_unwritten`.
        """
        return (await self.query_with_unwritten(statement, parameters))[0]

    async def query_with_unwritten(
        self, statement: str, parameters: tuple[Any, ...] = ()
    ) -> tuple[list[Row], list[Statement]]:
        """Return the rows on disk and, in order, the statements that are not written yet.

        The caller applies the statements to the rows.
        """
        until = trio.current_time() + PATIENCE
        while True:
            try:
                return await self._ask_once((statement, parameters))
            except Exception as error:
                may_pass = self._engine.may_pass(error)
                if not may_pass or trio.current_time() >= until:
                    text = f"what is kept cannot be read: {error}"
                    raise StoreError(text, may_pass=may_pass) from error
            await trio.sleep(RETRY_READ)

    async def query_written(self, statement: str, parameters: tuple[Any, ...] = ()) -> list[Row]:
        """Return the rows on disk once everything that was queued before is among them.

        It waits for that without end: whoever asks has no use for less. Raises StoreError.
        """
        while True:
            rows, unwritten = await self.query_with_unwritten(statement, parameters)
            if not unwritten:
                return rows
            await trio.sleep(RETRY_READ)

    async def _ask_once(self, statement: Statement) -> tuple[list[Row], list[Statement]]:
        done = trio.Event()
        answer: list[tuple[list[Row], list[Statement], Exception | None]] = []

        def settle(rows: list[Row], unwritten: list[Statement], error: Exception | None) -> None:
            answer.append((rows, unwritten, error))
            done.set()

        self._writer.put(Query(statement, functools.partial(self._on_thread, settle)))
        await done.wait()
        rows, unwritten, error = answer[0]
        if error is not None:
            raise error
        return rows, unwritten

    def _on_thread(self, settle: Callable[..., None], *result: Any) -> None:
        with contextlib.suppress(trio.RunFinishedError):
            self._token.run_sync_soon(settle, *result)

    def _settle(self, batch: list[Transaction], unwritable: dict[int, Exception]) -> None:
        self._written = batch[-1].number
        self._bytes -= sum(_size(each.statements) for each in batch)
        self._unwritable |= unwritable
        for each in batch:
            if each.number in unwritable:
                self.guard.note_refused(each.statements, unwritable[each.number])
        for number in list(self._unwritable)[:-MAX_REMEMBERED]:
            del self._unwritable[number]
        refused = [each for one in batch if one.number in unwritable for each in one.statements]
        if refused:
            self.note_unwritable(refused)
        progress, self._progress = self._progress, trio.Event()
        progress.set()


def _size(statements: tuple[Statement, ...]) -> int:
    """Return the memory that statements take, in bytes, roughly."""
    return sum(
        STATEMENT_BYTES + sum(len(each) for each in parameters if isinstance(each, str | bytes))
        for _, parameters in statements
    )
