"""News of the listed rooms, for those who watch them: changes only, once a second at most."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextvars import Context

import trio

from roomcli.protocol import codec
from roomcli.protocol import events as e
from roomcli.protocol.listing import ListedRoom
from roomcli.wire.frames import server_frame

from ..client_connection import ClientConnection

SECONDS = 1.0
"""Seconds between two messages to one watcher."""
PER_MESSAGE = 200
"""Rooms in one message: with the longest texts it fits into a connection's queue."""
SLICE = 50
"""Rooms that are looked at before other tasks get their turn."""


class Watcher:
    """A connection that may watch the rooms."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.seen = 0
        """The number of the last change that it was told; 0 before it was told anything."""
        self.told_at = float("-inf")


class RoomNews:
    """Compares the listed rooms with those of a second ago while somebody watches.

    ``listed`` returns all rooms that may be told of; the task runs in ``nursery``.
    """

    def __init__(self, listed: Callable[[], Iterable[ListedRoom]], nursery: trio.Nursery) -> None:
        self._listed = listed
        self._nursery = nursery
        self._watchers: dict[Watcher, None] = {}
        self._rooms: dict[str, ListedRoom] = {}
        # By name the number of each room's last change, the newest last; also of rooms that are
        # listed no longer, until all watchers know.
        self._changes: dict[str, int] = {}
        self._number = 1
        self._messages: dict[int, tuple[bytes | None, int]] = {}
        self._running = self._has_looked = False

    def add_watcher(self, watcher: Watcher) -> None:
        """Tell all rooms to a watcher, and changes from then on."""
        watcher.seen = 0
        self._watchers[watcher] = None
        if not self._running:
            self._running = True
            # The work counts for nobody's CPU share, not even for that of who watches first.
            Context().run(self._nursery.start_soon, self._run)
        elif self._has_looked and trio.current_time() - watcher.told_at >= SECONDS:
            self._tell(watcher)

    def forget(self, watcher: Watcher) -> None:
        """Tell this watcher nothing more; may be called for one that does not watch."""
        self._watchers.pop(watcher, None)

    async def _run(self) -> None:
        while self._watchers:
            await self._look()
            self._has_looked = True
            for watcher in tuple(self._watchers):
                if trio.current_time() - watcher.told_at >= SECONDS:
                    self._tell(watcher)
            await trio.sleep(SECONDS)
        self._running = self._has_looked = False

    async def _look(self) -> None:
        """Note what has changed since the last look."""
        rooms: dict[str, ListedRoom] = {}
        for number, room in enumerate(self._listed(), 1):
            rooms[room.name] = room
            if number % SLICE == 0:
                await trio.lowlevel.checkpoint()
        for name in self._rooms.keys() | rooms.keys():
            if self._rooms.get(name) != rooms.get(name):
                self._number += 1
                self._changes.pop(name, None)
                self._changes[name] = self._number
        self._rooms = rooms
        self._messages.clear()
        known = min((each.seen for each in self._watchers if each.seen), default=self._number)
        for name in [each for each in self._changes if each not in rooms]:
            if self._changes[name] <= known:
                del self._changes[name]

    def _tell(self, watcher: Watcher) -> None:
        if watcher.connection.stream.blocked:
            return  # it gets the changes of this time together with later ones
        if watcher.seen not in self._messages:
            self._messages[watcher.seen] = self._message(watcher.seen)
        frame, watcher.seen = self._messages[watcher.seen]
        if frame is not None:
            watcher.connection.stream.push_control(frame)
            watcher.told_at = trio.current_time()

    def _message(self, seen: int) -> tuple[bytes | None, int]:
        """Return a message with the changes after this one, and the number of the last in it."""
        new = [name for name, number in self._changes.items() if number > seen]
        if not new and seen:
            return None, seen
        page = new[:PER_MESSAGE]
        event = e.RoomsListed(
            rooms=tuple(self._rooms[name] for name in page if name in self._rooms),
            gone=tuple(name for name in page if name not in self._rooms) if seen else (),
            more=len(new) > len(page),
        )
        last = self._changes[page[-1]] if page else self._number
        return server_frame(codec.encode(event)), last
