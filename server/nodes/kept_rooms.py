"""Where rooms are kept for whoever has them next."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NoReturn, Protocol

import trio

from ..cluster.lease import Fences, RoomLease
from ..rooms.room import Room


class KeptRooms(Protocol):
    """Rooms whose server may be gone: in Valkey, or in a store that the servers share."""

    async def is_kept(self, name: str) -> bool:
        """Whether a room can be taken up. Raises ConnectionLost, and StoreError."""

    async def note_taken(self, name: str, fence: int) -> None:
        """Hear that this server has the lease of a room, by this token, before it has the room.

        Raises ConnectionLost, and StoreError where it cannot have the room.
        """

    async def was_anothers(self, name: str, lease: RoomLease) -> bool:
        """Whether another server has had the room since this one had it.

        Raises ConnectionLost, and StoreError.
        """

    async def take_up(self, name: str, *, was_left: bool) -> None:
        """Open a room here that its owner has no more, if something is kept of it.

        Where that was gone at once, and the room not ``was_left``, people are told. Raises
        ConnectionLost, and StoreError.
        """

    async def catch_up(self, room: Room) -> None:
        """Have a room that is open here as it is kept, if that is newer.

        Raises ConnectionLost, and StoreError.
        """

    def is_opening(self, name: str) -> bool:
        """Whether a room is being opened here: its lease has to be kept meanwhile."""

    async def keep_written(self, name: str, lease: RoomLease) -> NoReturn:
        """Write a room down as often as it changes, until cancelled."""

    async def write_room(self, name: str, lease: RoomLease) -> object:
        """Write a room down once more, if that is needed."""

    async def stop_writing(self, name: str, lease: RoomLease) -> None:
        """Write nothing of a room any more; if it has ended, nothing of it is kept."""


class RoomOpenings:
    """The rooms that are being opened here, each by one task at a time."""

    def __init__(self) -> None:
        self._locks: dict[str, trio.Lock] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._locks

    @asynccontextmanager
    async def alone(self, name: str) -> AsyncIterator[None]:
        """Be the only one who opens a room, after who came before."""
        lock = self._locks.setdefault(name, trio.Lock())
        try:
            async with lock:
                yield
        finally:
            if not lock.locked():
                self._locks.pop(name, None)


class RoomTokens(Fences, Protocol):
    """Gives tokens of rooms, and can skip some."""

    async def pass_by(self, fence: int) -> None:
        """Give only larger tokens than this one from now on. Raises ConnectionLost."""
