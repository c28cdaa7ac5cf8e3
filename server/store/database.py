"""SQLite behind one thread and a queue: whatever is queued by now makes one transaction."""

from __future__ import annotations

import contextlib
import logging
import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import trio

log = logging.getLogger(__name__)

Row = tuple[Any, ...]
Work = Callable[[sqlite3.Connection], list[Row]]
Answer = Callable[[list[Row], Exception | None], None]

GATHER_SECONDS = 0.05
"""How long writes that nobody waits for are gathered: in a rush of people each would be a
transaction of its own, and the thread takes turns with everything else."""
MAX_BATCH = 500


class Job(NamedTuple):
    """Work for the thread, who gets its result, and whether somebody waits for that."""

    work: Work
    answer: Answer
    urgent: bool


class Database:
    """The connection to the tables; every method may be called from the Trio thread only."""

    def __init__(self, database: sqlite3.Connection, token: trio.lowlevel.TrioToken) -> None:
        self._database = database
        self._token = token
        self._jobs: queue.SimpleQueue[Job | None]
        self._jobs = queue.SimpleQueue()
        self._lost: Exception | None = None  # why a write failed that nobody was told of; thread's
        self._thread = threading.Thread(target=self._run, name="store", daemon=True)
        self._thread.start()

    async def flushed(self) -> None:
        """Wait until everything asked for so far is on disk. Raises sqlite3.Error if it is not."""

        def own_up(_: sqlite3.Connection) -> list[Row]:
            lost, self._lost = self._lost, None
            if lost is not None:
                raise lost
            return []

        await self._do(own_up)

    async def aclose(self) -> None:
        """Write what is queued and close."""
        self._jobs.put(None)
        await trio.to_thread.run_sync(self._thread.join)

    def _tell(self, statement: str, parameters: tuple[Any, ...] = ()) -> None:
        self._tell_all((statement, parameters))

    def _tell_all(self, *statements: tuple[str, tuple[Any, ...]]) -> None:
        """Statements that are carried out together, or none of them."""

        def write(database: sqlite3.Connection) -> list[Row]:
            database.execute("SAVEPOINT job")
            try:
                for statement, parameters in statements:
                    database.execute(statement, parameters)
            except BaseException:
                database.execute("ROLLBACK TO job")
                raise
            finally:
                database.execute("RELEASE job")
            return []

        def failed(_: list[Row], error: Exception | None) -> None:
            if error is not None:
                self._lost = error
                log.error("the store could not write: %s", error)

        self._jobs.put(Job(write, failed, urgent=False))

    async def _ask(self, statement: str, parameters: tuple[Any, ...] = ()) -> list[Row]:
        return await self._do(lambda database: database.execute(statement, parameters).fetchall())

    async def _do(self, work: Work) -> list[Row]:
        done = trio.Event()
        answer: list[Row] = []
        problem: list[Exception] = []

        def settle(rows: list[Row], error: Exception | None) -> None:
            if error is not None:
                problem.append(error)
            answer.extend(rows)
            done.set()

        def on_thread(rows: list[Row], error: Exception | None) -> None:
            with contextlib.suppress(trio.RunFinishedError):
                self._token.run_sync_soon(settle, rows, error)

        self._jobs.put(Job(work, on_thread, urgent=True))
        await done.wait()
        if problem:
            raise problem[0]
        return answer

    def _batch(self) -> list[Job | None]:
        """What makes the next transaction."""
        batch = [self._jobs.get()]
        until = time.monotonic() + GATHER_SECONDS
        with contextlib.suppress(queue.Empty):
            while len(batch) < MAX_BATCH:
                urgent = any(job is None or job.urgent for job in batch)
                patience = 0.0 if urgent else until - time.monotonic()
                batch.append(self._jobs.get(block=patience > 0, timeout=max(0.0, patience)))
        return batch

    def _run(self) -> None:
        """The store's thread."""
        running = True
        while running:
            batch = self._batch()
            done: list[tuple[Answer, list[Row]]] = []
            failure: Exception | None = None
            if not self._database.in_transaction:  # after a commit that failed, one still is
                self._database.execute("BEGIN")
            for job in batch:
                if job is None:
                    running = False
                    continue
                try:
                    rows = job.work(self._database)
                except Exception as error:
                    job.answer([], error)
                else:
                    done.append((job.answer, rows))
            try:
                self._database.commit()
            except sqlite3.Error as error:
                failure = error
            for answer, rows in done:
                answer(rows, failure)
        self._database.close()
