"""The rooms that this server is to have: those open here, and those that no server has."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import NoReturn

import trio

from roomcli.errors import ConnectionLost, StoreError

from ..rooms.hub import Hub
from ..rooms.room import Room
from ..store import Store
from .kept_rooms import KeptRooms
from .ownership import Ownership

log = logging.getLogger(__name__)

AGAIN_SECONDS = 10.0
"""Between two looks at whether a room is without its server."""


class RoomClaims:
    """Takes the leases of rooms for the server ``node``.

    ``lose`` is told of a room that is open here and another server has by now.
    """

    def __init__(
        self,
        node: str,
        hub: Hub,
        store: Store,
        ownership: Ownership,
        kept_rooms: KeptRooms,
        lose: Callable[[str], Awaitable[None]],
    ) -> None:
        self._node = node
        self._hub = hub
        self._store = store
        self._ownership = ownership
        self._kept_rooms = kept_rooms
        self._lose = lose

    async def claim_rooms(self) -> None:
        """Take the rooms that are open here, but for those that another server has by now.

        Of rooms in a store that is shared, those are opened that no server has. Raises
        ConnectionLost, and StoreError.
        """
        for room in self._hub.open_rooms():
            await self._claim(room)
        await self._open_left(is_start=True)

    async def keep_claimed(self) -> NoReturn:
        """Leave no room for long without its server, until cancelled.

        A room may be open here without its lease, as after an error while it was written.
        """
        while True:
            await trio.sleep(AGAIN_SECONDS)
            for room in self._hub.open_rooms():
                if not self._ownership.has(room.name):
                    await self._try(self._claim, room)
            await self._try(self._open_left)

    async def _try(self, claim: Callable[..., Awaitable[None]], *rooms: Room) -> None:
        try:
            await claim(*rooms)
        except (ConnectionLost, StoreError) as lost:
            log.debug("which rooms no server has is not known: %s", lost)
        except Exception:
            # An error in one room, even a bug of ours, must not end the others.
            log.exception("a room that no server has could not be taken")

    async def _claim(self, room: Room) -> None:
        owner = await self._ownership.owner_of(room.name, may_open=True)
        if self._hub.room(room.name) is not room:
            return
        if owner == self._node:
            await self._kept_rooms.catch_up(room)
            return
        facts = {"room": room.name}
        log.warning("room %(room)s is another server's now: who comes goes there", facts)
        await self._lose(room.name)

    async def _open_left(self, *, is_start: bool = False) -> None:
        """Open the rooms of a shared store whose server is gone, whether somebody comes or not.

        At the ``is_start`` all may have stopped, and Valkey have forgotten how.
        """
        if self._store.fences is None:
            return
        names = await self._store.rooms.names()
        for name in await self._ownership.without_holder(names):
            if self._hub.is_left_out(name):
                continue
            if await self._ownership.owner_of(name, may_open=True) == self._node:
                was_left = is_start or self._ownership.was_left(name)
                await self._kept_rooms.take_up(name, was_left=was_left)
