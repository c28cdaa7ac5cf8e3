"""The store's thread: it alone reads and writes the tables, and holds unwritten changes.

Transactions are written in the order in which they were queued, as many at once as wait. A write
that fails for a reason that may pass (the file is locked, the disk is full) is tried again from the
first unwritten one on, until it is written; so it must be harmless to repeat a statement.
"""

from __future__ import annotations

import itertools
import logging
import os
import queue
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from ..writes import WriteTrouble
from .schema import BUSY_TIMEOUT, CHECKPOINT

log = logging.getLogger(__name__)

Row = tuple[Any, ...]
Statement = tuple[str, tuple[Any, ...]]
Answer = Callable[[list[Row], list[Statement], Exception | None], None]
"""A function that gets a query's rows, the statements unwritten at that time, and the error, if
any."""

GATHER_SECONDS = 0.05
"""Seconds that writes nobody waits for are gathered: when many people come at once each write would
be a transaction of its own, and the thread takes turns with everything else."""
CHECKPOINT_SECONDS = 1.0
"""Seconds from a write to the checkpoint, at least: it costs as much as a write, and while people
come in there is a write for each."""
MAX_BATCH = 500
FIRST_RETRY = 0.05
LAST_RETRY = 1.0
"""Seconds before a failed write is tried again: at first, and at most, doubling between them."""
CLOSING_SECONDS = 2.0
"""Seconds that a closing store goes on trying to write."""

_MAY_PASS = frozenset(
    (
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_INTERRUPT,
    )
)


class Transaction(NamedTuple):
    """Statements that are carried out together or not at all; numbers go up by one from 1."""

    number: int
    statements: tuple[Statement, ...]


class Query(NamedTuple):
    """A query, and the function that gets its rows."""

    statement: Statement
    answer: Answer


class Hurry:
    """A job that says that somebody waits for the jobs before it."""


class Close:
    """The job that closes the store; none may follow it."""


Job = Transaction | Query | Hurry | Close
Written = Callable[[list[Transaction], dict[int, Exception]], None]
Told = Callable[[str, str], None]
"""A function that gets news for whoever runs the server: a code, and one line."""


def may_pass(error: Exception) -> bool:
    """Whether the same statement may succeed later, since nothing is wrong with it."""
    code = getattr(error, "sqlite_errorcode", None)
    return isinstance(error, OSError | MemoryError) or (
        code is not None and code & 0xFF in _MAY_PASS
    )


class Writer:
    """Writes the queued transactions and answers queries, on a thread of its own.

    ``written`` is called on that thread with the transactions that are on disk now, and with the
    errors, by number, of those that never will be. ``tell`` is called there when writing begins to
    fail, and when it works again.
    """

    def __init__(
        self, path: Path, database: sqlite3.Connection, written: Written, tell: Told
    ) -> None:
        self.trouble: WriteTrouble | None = None
        """The reason why nothing can be written; None while writing works."""
        self._path = path
        self._file = _identity(path)
        self._database = database
        self._report = written
        self._tell = tell
        self._jobs: queue.SimpleQueue[Job] = queue.SimpleQueue()
        self._unwritten: deque[Transaction] = deque()
        self._unwritable: dict[int, Exception] = {}
        self._questions: list[Query] = []
        self._retry_seconds = FIRST_RETRY
        self._try_at = 0.0
        self._checkpoint_at: float | None = None
        self._closing_at: float | None = None
        self._thread = threading.Thread(target=self._run, name="store", daemon=True)
        self._thread.start()

    def put(self, job: Job) -> None:
        """Queue a job; may be called from any thread."""
        self._jobs.put(job)

    def join(self) -> None:
        """Wait until the store is closed, after :class:`Close`."""
        self._thread.join()

    def _run(self) -> None:
        while not self._is_done:
            self._gather()
            while self._unwritten and time.monotonic() >= self._try_at:
                self._write()
            questions, self._questions = self._questions, []
            for question in questions:
                self._answer_query(question)
            if self._is_checkpoint_due and not self._unwritten and self._jobs.empty():
                self._checkpoint()
        if self._unwritten:
            log.error(
                "the store is closed without %d changes that could not be written; the first was"
                " to be written when %s",
                len(self._unwritten),
                self.trouble.why if self.trouble else "it closed",
            )
        self._database.close()

    @property
    def _is_done(self) -> bool:
        if self._closing_at is None:
            return False
        return not self._unwritten or time.monotonic() >= self._closing_at

    @property
    def _is_checkpoint_due(self) -> bool:
        if self._checkpoint_at is None:
            return False
        return self._closing_at is not None or time.monotonic() >= self._checkpoint_at

    # The queue.

    def _gather(self) -> None:
        """Take the queued jobs: wait for the first, and a little for those that come with it."""
        began = time.monotonic()
        hurry = False
        for _ in range(2 * MAX_BATCH):
            try:
                job = self._jobs.get(timeout=0.0 if hurry else self._patience(began))
            except queue.Empty:
                return
            if isinstance(job, Transaction):
                if not self._unwritten:
                    began = time.monotonic()
                self._unwritten.append(job)
            else:
                hurry = True
                if isinstance(job, Query):
                    self._questions.append(job)
                elif isinstance(job, Close):
                    self._closing_at = time.monotonic() + CLOSING_SECONDS

    def _patience(self, began: float) -> float | None:
        """Return how many seconds to wait for a job; None for as long as it takes."""
        if not self._unwritten:
            return self._seconds_until_checkpoint()
        if self.trouble:
            return max(0.0, self._try_at - time.monotonic())
        if len(self._unwritten) >= MAX_BATCH:
            return 0.0
        return max(0.0, began + GATHER_SECONDS - time.monotonic())

    def _seconds_until_checkpoint(self) -> float | None:
        if self._checkpoint_at is None:
            return None
        return max(0.0, self._checkpoint_at - time.monotonic())

    # Writing.

    def _write(self) -> None:
        batch = list(itertools.islice(self._unwritten, MAX_BATCH))
        try:
            self._commit(batch)
        except Exception as error:
            self._hold(error)
            return
        if self._checkpoint_at is None:
            self._checkpoint_at = time.monotonic() + CHECKPOINT_SECONDS
        for _ in batch:
            self._unwritten.popleft()
        unwritable = {
            each.number: self._unwritable.pop(each.number)
            for each in batch
            if each.number in self._unwritable
        }
        self._report(batch, unwritable)
        self._try_at, self._retry_seconds = 0.0, FIRST_RETRY
        if self.trouble is not None and not self._unwritten:
            seconds = time.time() - self.trouble.since
            self.trouble = None
            text = f"the store is written again: all of the last {seconds:.0f} s is on disk"
            self._tell("store_written", text)

    def _commit(self, batch: list[Transaction]) -> None:
        if _identity(self._path) != self._file:
            raise OSError(f"{self._path} was moved, removed or replaced while it was in use")
        self._database.execute("BEGIN IMMEDIATE")
        try:
            for transaction in batch:
                if transaction.number not in self._unwritable:
                    self._carry_out(transaction)
            self._database.execute("COMMIT")
        except BaseException:
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            raise

    def _carry_out(self, transaction: Transaction) -> None:
        self._database.execute("SAVEPOINT one")
        try:
            for statement in transaction.statements:
                self._database.execute(*statement)
        except Exception as error:
            if may_pass(error):
                raise
            # It would fail for ever, and block the transactions behind it.
            log.error("the store cannot write what was asked of it: %s", error)
            self._unwritable[transaction.number] = error
            self._database.execute("ROLLBACK TO one")
        self._database.execute("RELEASE one")

    def _hold(self, error: Exception) -> None:
        """Put the writes off for a while, and tell the admin once."""
        self._try_at = time.monotonic() + self._retry_seconds
        self._retry_seconds = min(2 * self._retry_seconds, LAST_RETRY)
        if self.trouble is None:
            self._tell(
                "store_failing",
                f"the store in {self._path} cannot be written: {error}; what happens is held in"
                " memory and written as soon as it can be: stopping the server before that loses"
                " it",
            )
        self.trouble = WriteTrouble(self.trouble.since if self.trouble else time.time(), str(error))

    def _checkpoint(self) -> None:
        """Move everything into the file itself, so that a copy of the file is complete.

        While another program reads, as a backup does, this is left for later.
        """
        try:
            self._database.execute("PRAGMA busy_timeout = 0")
            [(busy, *_)] = self._database.execute(CHECKPOINT).fetchall()
            self._checkpoint_at = time.monotonic() + CHECKPOINT_SECONDS if busy else None
        except sqlite3.Error as error:  # the data stays in the write-ahead log, on disk too
            self._checkpoint_at = time.monotonic() + CHECKPOINT_SECONDS
            log.debug("no checkpoint: %s", error)
        finally:
            self._database.execute(BUSY_TIMEOUT)

    # Reading.

    def _answer_query(self, question: Query) -> None:
        try:
            rows = self._database.execute(*question.statement).fetchall()
        except Exception as error:
            question.answer([], [], error)
        else:
            unwritten = [each for held in self._unwritten for each in held.statements]
            question.answer(rows, unwritten, None)


def _identity(path: Path) -> tuple[int, int]:
    """Return what identifies a file, to notice when somebody moves it away."""
    found = os.stat(path)
    return found.st_dev, found.st_ino
