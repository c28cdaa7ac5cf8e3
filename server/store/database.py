"""What the rest of the server has of the store's thread: reads, writes, and the wait for the disk.

A write is queued and holds from then on: reads see it, on disk or not. Who must not answer before
it is on disk waits for :meth:`Database.flushed`.
"""

from __future__ import annotations

import contextlib
import functools
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import trio

from roomcli.errors import RoomcliError

from .writer import (
    Close,
    Hurry,
    Query,
    Row,
    Statement,
    Told,
    Transaction,
    Writer,
    WriteTrouble,
    may_pass,
)

T = TypeVar("T")

PATIENCE = 5.0
"""Seconds to wait for the disk before it is said that it fails."""
RETRY_READ = 0.1
CLOSING_SECONDS = 30.0
MAX_QUEUED = 20_000
"""Transactions that wait for the disk before the queue counts as full."""
MAX_QUEUED_BYTES = 64 * 1024**2
MAX_REMEMBERED = 1000
"""Transactions that never will be on disk, for whoever still waits for one."""
STATEMENT_BYTES = 500
HELD = "it holds, and will be written; a restart before that may undo it"
LOST = "it holds, but cannot be written down: a restart undoes it"
"""About what a queued statement takes besides its texts."""


class StoreError(RoomcliError):
    """What the server keeps could not be read, or written down."""


def decoded(text: Any, kind: type[T]) -> T:
    """What a column of JSON holds. Raises StoreError."""
    try:
        return msgspec.json.decode(text, type=kind)
    except (msgspec.MsgspecError, TypeError) as error:  # of damaged pages it may be no text
        raise StoreError(f"what is kept cannot be read: {error}") from error


class Database:
    """The queue to the tables; every method may be called from the Trio thread only."""

    def __init__(self, path: Path, database: sqlite3.Connection, tell: Told) -> None:
        self.path = path
        self.queued = 0
        """The number of the newest transaction."""
        self._token = trio.lowlevel.current_trio_token()
        self._open: list[Statement] | None = None  # what the transaction that is made has so far
        self._written = 0
        self._bytes = 0
        self._unwritable: dict[int, Exception] = {}
        self._progress = trio.Event()
        self._tell_admin = tell
        self._writer = Writer(
            path,
            database,
            functools.partial(self._on_thread, self._settle),
            functools.partial(self._on_thread, tell),
        )

    @property
    def trouble(self) -> WriteTrouble | None:
        """Why nothing can be written now, if so."""
        return self._writer.trouble

    @property
    def waiting(self) -> int:
        """How many transactions are not on disk yet."""
        return self.queued - self._written

    @property
    def is_full(self) -> bool:
        """Whether so much waits for the disk that what need not be shall not be asked for."""
        return self._fullness >= 1

    @property
    def is_overfull(self) -> bool:
        """Whether even those who come anew have to wait: twice as much waits as when it is full."""
        return self._fullness >= 2

    @property
    def _fullness(self) -> float:
        return max(self.waiting / MAX_QUEUED, self._bytes / MAX_QUEUED_BYTES)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is written inside is written together, or nothing of it."""
        if self._open is not None:
            yield
            return
        self._open = []
        try:
            yield
        finally:
            # After a fault too: what was done until then is done.
            statements, self._open = tuple(self._open), None
            if statements:
                self.queued += 1
                self._bytes += _size(statements)
                self._writer.put(Transaction(self.queued, statements))

    async def flushed(self, number: int | None = None, until: float | None = None) -> None:
        """Wait until the transaction of this number, the newest by default, is on disk.

        ``until`` is the time of Trio's clock at which to give up, by default in 5 s. Raises
        StoreError when it is not written by then, or never will be.
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
            raise StoreError(LOST)

    async def aclose(self) -> None:
        """Write what is queued and close; no disk that hangs is waited for without end."""
        self._writer.put(Close())
        with trio.move_on_after(CLOSING_SECONDS):
            await trio.to_thread.run_sync(self._writer.join, abandon_on_cancel=True)

    def _enqueue(self, statement: str, parameters: tuple[Any, ...] = ()) -> None:
        self._tell_all((statement, parameters))

    def _tell_all(self, *statements: Statement) -> None:
        """Queue statements, each of which may be repeated without harm."""
        with self.transaction():
            assert self._open is not None
            self._open.extend(statements)

    async def _query(self, statement: str, parameters: tuple[Any, ...] = ()) -> list[Row]:
        """The rows on disk, with what was queued before unless it cannot be written at present.

        Raises StoreError. What must miss nothing asks by :meth:`_ask_all`.
        """
        return (await self._ask_all(statement, parameters))[0]

    async def _ask_all(
        self, statement: str, parameters: tuple[Any, ...] = ()
    ) -> tuple[list[Row], list[Statement]]:
        """The rows on disk, and what else is queued: in order, to be looked through by who asks."""
        until = trio.current_time() + PATIENCE
        while True:
            try:
                return await self._ask_once((statement, parameters))
            except Exception as error:
                if not may_pass(error) or trio.current_time() >= until:
                    raise StoreError(f"what is kept cannot be read: {error}") from error
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
        for number in list(self._unwritable)[:-MAX_REMEMBERED]:
            del self._unwritable[number]
        progress, self._progress = self._progress, trio.Event()
        progress.set()


def _size(statements: tuple[Statement, ...]) -> int:
    """About how many bytes of memory they take."""
    return sum(
        STATEMENT_BYTES + sum(len(each) for each in parameters if isinstance(each, str | bytes))
        for _, parameters in statements
    )
