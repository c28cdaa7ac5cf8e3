"""Rooms in a store that the servers of a cluster share: whoever has one opens it from there."""

from __future__ import annotations

import contextlib
import logging
from typing import NoReturn

import trio

from roomcli.errors import StoreError

from ..cluster.lease import RoomLease
from ..rooms.hub import Hub
from ..rooms.room import Room
from ..rooms.rules.answered import KEEP_ANSWER
from ..store import Store
from ..store.fences import RoomFences
from .kept_rooms import RoomOpenings

log = logging.getLogger(__name__)

FLUSH_SECONDS = 0.8
"""Seconds that what is queued of a room has to be written before another server may have it."""


class SharedRooms:
    """The rooms of the store, as :class:`~.kept_rooms.KeptRooms`; ``fences`` guard them."""

    def __init__(self, hub: Hub, store: Store, fences: RoomFences) -> None:
        self._hub = hub
        self._store = store
        self._fences = fences
        self._openings = RoomOpenings()

    async def is_kept(self, name: str) -> bool:
        """Whether a room is open, on whichever server it was. Raises StoreError."""
        return await self._fences.is_kept(name)

    async def note_taken(self, name: str, fence: int) -> None:
        """Keep all owners before from writing the room. Raises StoreError."""
        await self._fences.take_room(name, fence)

    async def was_anothers(self, name: str, lease: RoomLease) -> bool:
        """Whether another server has had the room since this one had it. Raises StoreError."""
        return not await self._fences.still_has(name)

    async def take_up(self, name: str, *, was_left: bool) -> None:
        """Open a room of the store that is not open here. Raises StoreError, and ConnectionLost.

        What was in memory of it is read anew: other servers wrote it. Where its owner was gone at
        once, and it not ``was_left``, people are told.
        """
        if self._hub.room(name) is not None:
            return
        async with self._openings.alone(name):
            if self._hub.room(name) is None and await self._fences.is_kept(name):
                await self._open_kept(name, was_left=was_left)

    async def catch_up(self, room: Room) -> None:
        """Open a room anew that is open here: others may have written it. Raises StoreError."""
        await self._hub.give_up(room, "the room is opened anew: come back")
        await self.take_up(room.name, was_left=True)

    def is_opening(self, name: str) -> bool:
        """Whether a room is being opened here."""
        return name in self._openings

    async def _open_kept(self, name: str, *, was_left: bool) -> None:
        try:
            await self._store.rooms.read_anew(name)
            answers = self._store.answers
            known = await answers.of_room(name) if answers is not None else ()
            # All is in the store: of what is not there nothing was done.
            await self._hub.open_handed(name, known, KEEP_ANSWER, was_left=was_left)
        except StoreError as error:
            if error.may_pass:
                raise
            self._hub.leave_out(name, error)
        else:
            log.info("room %(room)s is here now", {"room": name})

    async def keep_written(self, name: str, lease: RoomLease) -> NoReturn:
        """Do nothing: each change of a room is in the store already."""
        await trio.sleep_forever()

    async def write_room(self, name: str, lease: RoomLease) -> None:
        """Wait a little until all that is queued is in the store."""
        with contextlib.suppress(StoreError):
            await self._store.flushed(until=trio.current_time() + FLUSH_SECONDS)

    async def stop_writing(self, name: str, lease: RoomLease) -> None:
        """Write nothing of a room any more once all that is queued is in the store."""
        with contextlib.suppress(StoreError):
            await self._store.flushed()
        if self._hub.room(name) is None:
            for fence in lease.fences:
                self._fences.release(name, fence)
