"""The store's thread: it alone reads and writes the tables, and holds what is not written yet.

Transactions are written in the order in which they were queued, as many at once as wait. What
fails for a reason that may pass (the file is locked, the disk is full) is tried again from the
first unwritten one on, until it is written; so each statement has to bear being repeated.
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

from .schema import BUSY_TIMEOUT, CHECKPOINT

log = logging.getLogger(__name__)

Row = tuple[Any, ...]
Statement = tuple[str, tuple[Any, ...]]
Answer = Callable[[list[Row], list[Statement], Exception | None], None]
"""What is done with the rows of a question, what was unwritten then, and why there are none."""

GATHER_SECONDS = 0.05
"""How long writes that nobody waits for are gathered: in a rush of people each would be a
transaction of its own, and the thread takes turns with everything else."""
MAX_BATCH = 500
FIRST_RETRY = 0.05
LAST_RETRY = 1.0
"""Seconds before what failed is tried again: at first, and at most, doubling between them."""
CLOSING_SECONDS = 2.0
"""How long a store that is closed goes on trying."""

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
    """Statements that are carried out together, or none of them; numbers go up by one from 1."""

    number: int
    statements: tuple[Statement, ...]


class Query(NamedTuple):
    """A query, and who gets its rows."""

    statement: Statement
    answer: Answer


class Hurry:
    """Somebody waits for what was queued before."""


class Close:
    """The last job."""


class WriteTrouble(NamedTuple):
    """Since when (seconds since 1970) and why nothing can be written."""

    since: float
    why: str


Job = Transaction | Query | Hurry | Close
Written = Callable[[list[Transaction], dict[int, Exception]], None]
Told = Callable[[str, str], None]
"""Told what whoever runs the server should know: a code, and one line."""


def may_pass(error: Exception) -> bool:
    """Whether the same may succeed later, and nothing is wrong with what was asked."""
    code = getattr(error, "sqlite_errorcode", None)
    return isinstance(error, OSError | MemoryError) or (
        code is not None and code & 0xFF in _MAY_PASS
    )


class Writer:
    """``written`` is called, on the thread, with what is on disk now, and with what never will be:
    by number, why. So is ``tell`` when writing begins to fail, and when that is over."""

    def __init__(
        self, path: Path, database: sqlite3.Connection, written: Written, tell: Told
    ) -> None:
        self.trouble: WriteTrouble | None = None
        """Set while nothing can be written."""
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
        self._checkpoint_due = False
        self._closing_at: float | None = None
        self._thread = threading.Thread(target=self._run, name="store", daemon=True)
        self._thread.start()

    def put(self, job: Job) -> None:
        """Queue a job; from any thread."""
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
            if self._checkpoint_due and not self._unwritten and self._jobs.empty():
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

    # The queue.

    def _gather(self) -> None:
        """Take what is queued; wait for the first, and a little for what comes with it."""
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
        """How many seconds to wait for a job; None: as long as it takes."""
        if not self._unwritten:
            return None
        if self.trouble:
            return max(0.0, self._try_at - time.monotonic())
        if len(self._unwritten) >= MAX_BATCH:
            return 0.0
        return max(0.0, began + GATHER_SECONDS - time.monotonic())

    # Writing.

    def _write(self) -> None:
        batch = list(itertools.islice(self._unwritten, MAX_BATCH))
        try:
            self._commit(batch)
        except Exception as error:
            self._hold(error)
            return
        self._checkpoint_due = True
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
            # It would fail for ever, and what waits behind it with it.
            log.error("the store cannot write what was asked of it: %s", error)
            self._unwritable[transaction.number] = error
            self._database.execute("ROLLBACK TO one")
        self._database.execute("RELEASE one")

    def _hold(self, error: Exception) -> None:
        """Try again later; the admin is told once."""
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
        """Whoever copies the file while nothing happens has everything.

        While another program reads, as a backup does, it is left for later.
        """
        try:
            self._database.execute("PRAGMA busy_timeout = 0")
            [(busy, *_)] = self._database.execute(CHECKPOINT).fetchall()
            self._checkpoint_due = bool(busy)
        except sqlite3.Error as error:  # it stays in the write-ahead log, on disk as well
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
    """Which file that is: whoever moves it away must not have it written on unseen."""
    found = os.stat(path)
    return found.st_dev, found.st_ino
