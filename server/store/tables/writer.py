"""The store's thread: it alone reads and writes the tables, and holds unwritten changes.

Transactions are written in the order in which they were queued, as many at once as wait. A write
that fails for a reason that may pass (the file is locked, the disk is full) is tried again from the
first unwritten one on, until it is written; so it must be harmless to repeat a statement.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import NamedTuple

from ..writes import WriteTrouble
from .engine import DatabaseEngine, Row, Statement

log = logging.getLogger(__name__)

Answer = Callable[[list[Row], list[Statement], Exception | None], None]
"""A function that gets a query's rows, the statements unwritten at that time, and the error, if
any."""

GATHER_SECONDS = 0.05
"""Seconds that writes nobody waits for are gathered: when many people come at once each write would
be a transaction of its own, and the thread takes turns with everything else."""
CHECKPOINT_SECONDS = 1.0
"""Seconds from a write to the checkpoint, at least: it may cost as much as a write, and while
people come in there is a write for each."""
MAX_BATCH = 500
"""The most transactions that are written as one."""
FIRST_RETRY = 0.05
LAST_RETRY = 1.0
"""Seconds before a failed write is tried again: at first, and at most, doubling between them."""
CLOSING_SECONDS = 2.0
"""Seconds that a closing store goes on trying to write."""

_BEGIN_ONE: Statement = ("SAVEPOINT one", ())
_UNDO_ONE: Statement = ("ROLLBACK TO one", ())
_END_ONE: Statement = ("RELEASE one", ())
"""Around each transaction of those that are written as one."""


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


class Writer:
    """Writes the queued transactions and answers queries, on a thread of its own.

    ``written`` is called on that thread with the transactions that are on disk now, and with the
    errors, by number, of those that never will be. ``tell`` is called there when writing begins to
    fail, and when it works again.
    """

    def __init__(self, engine: DatabaseEngine, written: Written, tell: Told) -> None:
        self.trouble: WriteTrouble | None = None
        """The reason why nothing can be written; None while writing works."""
        self._engine = engine
        self._report = written
        self._tell = tell
        self._jobs: queue.SimpleQueue[Job] = queue.SimpleQueue()
        self._unwritten: deque[Transaction] = deque()
        self._unwritable: dict[int, Exception] = {}
        self._questions: list[Query] = []
        self._retry_seconds = FIRST_RETRY
        self._try_at = 0.0
        self._was_in_the_way = False
        """Whether another writer was when this was tried last."""
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
        self._engine.close()

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
        if self.trouble or self._try_at:
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
        self._was_in_the_way = False
        if self.trouble is not None and not self._unwritten:
            seconds = time.time() - self.trouble.since
            self.trouble = None
            text = f"the store is written again: all of the last {seconds:.0f} s is on disk"
            self._tell("store_written", text)

    def _commit(self, batch: list[Transaction]) -> None:
        writable = [each for each in batch if each.number not in self._unwritable]
        try:
            with self._whole():
                self._engine.execute([each for one in writable for each in one.statements])
        except Exception as error:
            if self._engine.may_pass(error):
                raise
            with self._whole():
                for transaction in writable:
                    self._carry_out(transaction)

    @contextlib.contextmanager
    def _whole(self) -> Iterator[None]:
        """Write all that is carried out inside, or after an error nothing of it."""
        self._engine.begin_writing()
        try:
            yield
            self._engine.commit()
        except BaseException:
            self._engine.roll_back()
            raise

    def _carry_out(self, transaction: Transaction) -> None:
        """Carry out one of several transactions, and find out whether it ever can be."""
        try:
            self._engine.execute((_BEGIN_ONE, *transaction.statements, _END_ONE))
        except Exception as error:
            if self._engine.may_pass(error):
                raise
            # It would fail for ever, and block the transactions behind it.
            log.error("the store cannot write what was asked of it: %s", error)
            self._unwritable[transaction.number] = error
            self._engine.execute((_UNDO_ONE, _END_ONE))

    def _hold(self, error: Exception) -> None:
        """Put the writes off for a while, and tell the admin once.

        A writer that is in the way is trouble when it is there the second time too.
        """
        self._try_at = time.monotonic() + self._retry_seconds
        self._retry_seconds = min(2 * self._retry_seconds, LAST_RETRY)
        again, self._was_in_the_way = self._was_in_the_way, self._engine.was_in_the_way(error)
        if self._was_in_the_way and not (again or self.trouble):
            return
        why = " ".join(str(error).split())  # of some errors the text has several lines
        if self.trouble is None:
            self._tell(
                "store_failing",
                f"the store in {self._engine.place} cannot be written: {why}; what happens is"
                " held in memory and written as soon as it can be: stopping the server before that"
                " loses it",
            )
        self.trouble = WriteTrouble(self.trouble.since if self.trouble else time.time(), why)

    def _checkpoint(self) -> None:
        again = time.monotonic() + CHECKPOINT_SECONDS
        self._checkpoint_at = None if self._engine.checkpoint() else again

    # Reading.

    def _answer_query(self, question: Query) -> None:
        try:
            rows = self._engine.query(question.statement)
        except Exception as error:
            question.answer([], [], error)
        else:
            unwritten = [each for held in self._unwritten for each in held.statements]
            question.answer(rows, unwritten, None)
