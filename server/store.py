"""What outlives the process: rooms, roles, seats, invites, in SQLite behind one thread.

Writes are queued and committed together; whoever must not answer before a write is on disk waits
for :meth:`Store.flushed`. Voice never waits for any of this.
"""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

import trio

from roomcli.errors import ConfigError
from roomcli.protocol.people import Role

log = logging.getLogger(__name__)
T = TypeVar("T")
Work = Callable[[sqlite3.Connection], Any]
Report = Callable[[Any, Exception | None], None]

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE rooms (
        name TEXT PRIMARY KEY,
        access TEXT NOT NULL,
        locked INTEGER NOT NULL DEFAULT 0,
        opened_at REAL NOT NULL,
        ended_at REAL
    ) STRICT;
    CREATE TABLE hosts (
        room TEXT NOT NULL,
        key TEXT NOT NULL,
        PRIMARY KEY (room, key)
    ) STRICT;
    CREATE TABLE seats (
        ticket_hash TEXT PRIMARY KEY,
        room TEXT NOT NULL,
        id TEXT NOT NULL,
        key TEXT NOT NULL,
        role TEXT NOT NULL,
        silenced INTEGER NOT NULL DEFAULT 0,
        hand_at REAL,
        expires_at REAL NOT NULL
    ) STRICT;
    CREATE INDEX seats_by_room ON seats (room, id);
    CREATE TABLE invites (
        token_hash TEXT PRIMARY KEY,
        room TEXT NOT NULL,
        role TEXT NOT NULL,
        expires_at REAL NOT NULL
    ) STRICT;
    CREATE INDEX invites_by_room ON invites (room);
    """,
)
"""One script per version of the tables; ``PRAGMA user_version`` counts those that ran."""


@dataclass(frozen=True)
class StoredRoom:
    """A room that was open when the server stopped."""

    name: str
    access: str
    locked: bool


@dataclass(frozen=True)
class Seat:
    """What a resume ticket brings back; the ticket itself is known by its hash only."""

    ticket_hash: str
    room: str
    id: str
    key: str
    role: Role
    silenced: bool
    hand_at: float | None
    expires_at: float


class Store:
    """Open with :func:`open_store`; every method may be called from the Trio thread only."""

    def __init__(self, database: sqlite3.Connection, token: trio.lowlevel.TrioToken) -> None:
        self._database = database
        self._token = token
        self._jobs: queue.SimpleQueue[tuple[Work, Report] | None]
        self._jobs = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="store", daemon=True)
        self._thread.start()

    # Rooms and their hosts.

    async def open_rooms(self) -> list[StoredRoom]:
        """Rooms that nobody ended."""
        rows = await self._ask("SELECT name, access, locked FROM rooms WHERE ended_at IS NULL")
        return [StoredRoom(name, access, bool(locked)) for name, access, locked in rows]

    def save_room(self, name: str, access: str, locked: bool, opened_at: float) -> None:
        """The room is open."""
        self._tell(
            "INSERT INTO rooms VALUES (?, ?, ?, ?, NULL) ON CONFLICT (name) DO UPDATE SET "
            "access = excluded.access, locked = excluded.locked, ended_at = NULL",
            (name, access, locked, opened_at),
        )

    def end_room(self, name: str) -> None:
        """The room is closed: it is forgotten; its seats, roles and invites are void."""
        self._tell("DELETE FROM rooms WHERE name = ?", (name,))
        for table in ("seats", "hosts", "invites"):
            self._tell(f"DELETE FROM {table} WHERE room = ?", (name,))

    async def is_host(self, room: str, key: str) -> bool:
        """Whether this key may take the host's place in the room."""
        return bool(await self._ask("SELECT 1 FROM hosts WHERE room = ? AND key = ?", (room, key)))

    def set_host(self, room: str, key: str) -> None:
        """The room has one host, by key."""
        self._tell("DELETE FROM hosts WHERE room = ?", (room,))
        self._tell("INSERT INTO hosts VALUES (?, ?)", (room, key))

    # Seats.

    async def seat(self, ticket_hash: str, now: float) -> Seat | None:
        """The seat that a ticket stands for, if it is still good."""
        rows = await self._ask(
            "SELECT * FROM seats WHERE ticket_hash = ? AND expires_at > ?", (ticket_hash, now)
        )
        if not rows:
            return None
        hash_, room, id_, key, role, silenced, hand_at, expires_at = rows[0]
        return Seat(hash_, room, id_, key, role, bool(silenced), hand_at, expires_at)

    def save_seat(self, seat: Seat) -> None:
        """The seat is as given from now on."""
        self._tell(
            "INSERT OR REPLACE INTO seats VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                seat.ticket_hash,
                seat.room,
                seat.id,
                seat.key,
                seat.role,
                seat.silenced,
                seat.hand_at,
                seat.expires_at,
            ),
        )

    def forget_seat(self, room: str, id: str) -> None:
        """No ticket brings this participant back."""
        self._tell("DELETE FROM seats WHERE room = ? AND id = ?", (room, id))

    def forget_old(self, now: float) -> None:
        """Drop what has run out."""
        self._tell("DELETE FROM seats WHERE expires_at <= ?", (now,))
        self._tell("DELETE FROM invites WHERE expires_at <= ?", (now,))
        self._tell("DELETE FROM rooms WHERE ended_at IS NOT NULL")

    # Invites.

    def save_invite(self, token_hash: str, room: str, role: Role, expires_at: float) -> None:
        """An invite to the room, beside earlier ones."""
        self._tell("INSERT INTO invites VALUES (?, ?, ?, ?)", (token_hash, room, role, expires_at))

    def revoke_invites(self, room: str, role: Role) -> None:
        """Invites to the room with this role stop working."""
        self._tell("DELETE FROM invites WHERE room = ? AND role = ?", (room, role))

    async def invited_role(self, token_hash: str, room: str, now: float) -> Role | None:
        """The role that this invite gives in this room; None when it is no good."""
        rows = await self._ask(
            "SELECT role FROM invites WHERE token_hash = ? AND room = ? AND expires_at > ?",
            (token_hash, room, now),
        )
        return cast(Role, rows[0][0]) if rows else None

    # The thread.

    async def flushed(self) -> None:
        """Wait until everything asked for so far is on disk. Raises sqlite3.Error if it is not."""
        await self._ask("SELECT 1")

    async def aclose(self) -> None:
        """Write what is queued and close."""
        self._jobs.put(None)
        await trio.to_thread.run_sync(self._thread.join)

    def _tell(self, statement: str, parameters: tuple[Any, ...] = ()) -> None:
        def failed(_: Any, error: Exception | None) -> None:
            if error is not None:
                log.error("the store could not write: %s", error)

        self._jobs.put((lambda db: db.execute(statement, parameters), failed))

    async def _ask(self, statement: str, parameters: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        done = trio.Event()
        answer: list[tuple[Any, ...]] = []
        problem: list[Exception] = []

        def settle(rows: Any, error: Exception | None) -> None:
            if error is not None:
                problem.append(error)
            else:
                answer.extend(rows)
            done.set()

        def on_thread(rows: Any, error: Exception | None) -> None:
            with contextlib.suppress(trio.RunFinishedError):
                self._token.run_sync_soon(settle, rows, error)

        self._jobs.put((lambda db: db.execute(statement, parameters).fetchall(), on_thread))
        await done.wait()
        if problem:
            raise problem[0]
        return answer

    def _run(self) -> None:
        """The store's thread: whatever is queued by now makes one transaction."""
        running = True
        while running:
            batch = [self._jobs.get()]
            with contextlib.suppress(queue.Empty):
                while len(batch) < 500:
                    batch.append(self._jobs.get_nowait())
            done: list[tuple[Report, Any]] = []
            failure: Exception | None = None
            for job in batch:
                if job is None:
                    running = False
                    continue
                work, report = job
                try:
                    rows = work(self._database)
                except Exception as error:
                    report(None, error)
                else:
                    done.append((report, rows))
            try:
                self._database.commit()
            except sqlite3.Error as error:
                failure = error
            for report, rows in done:
                report(rows, failure)
        self._database.close()


@contextlib.asynccontextmanager
async def open_store(folder: Path) -> AsyncIterator[Store]:
    """The store in ``folder/roomcli.sqlite3``, its tables brought up to date.

    Raises ConfigError when it cannot be used.
    """
    path = folder / "roomcli.sqlite3"
    try:
        database = await trio.to_thread.run_sync(_opened, path)
    except (OSError, sqlite3.Error) as error:
        raise ConfigError(f"the server's data in {path} cannot be used: {error}") from None
    store = Store(database, trio.lowlevel.current_trio_token())
    try:
        yield store
    finally:
        with trio.CancelScope(shield=True):
            await store.aclose()


def _opened(path: Path) -> sqlite3.Connection:
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    database = sqlite3.connect(path, check_same_thread=False)
    try:
        database.execute("PRAGMA journal_mode = WAL")
        # What was acknowledged outlives a power cut too, not only the end of the process.
        database.execute("PRAGMA synchronous = FULL")
        (version,) = database.execute("PRAGMA user_version").fetchone()
        if version > len(MIGRATIONS):
            raise sqlite3.DatabaseError("it is of a newer roomcli; use that one")
        for number, script in enumerate(MIGRATIONS[version:], version + 1):
            database.executescript(f"BEGIN; {script} PRAGMA user_version = {number}; COMMIT;")
    except BaseException:
        database.close()
        raise
    return database
