"""Which server has which room: the leases of this server, and whose the others are."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence

import trio
from coredis.exceptions import RedisError

from roomcli.errors import ConnectionLost, StoreError

from ..cluster.client import ValkeyClient
from ..cluster.keys import RoomKeys
from ..cluster.lease import RoomLease
from .kept_rooms import KeptRooms, RoomTokens

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
"""Between two looks at whether a room that this server has is still open."""
GRACE_SECONDS = 12.0
"""How long a room is kept that nobody has opened yet: who opens one waits for the store twice."""
RETURN_SECONDS = 2.0
"""In which all notice that another Valkey answers, and renew the leases that it may not know."""
ASKED_AT_ONCE = 500
"""Rooms of which Valkey is asked at once who has them."""


class Ownership:
    """What the server ``node`` has; tasks run in ``nursery``.

    ``is_open`` says whether a room is open here; ``lose`` is told of one that another server has
    taken.
    """

    def __init__(
        self,
        client: ValkeyClient,
        node: str,
        nursery: trio.Nursery,
        is_open: Callable[[str], bool],
        lose: Callable[[str], Awaitable[None]],
        kept: KeptRooms,
        fences: RoomTokens,
    ) -> None:
        self._client = client
        self._node = node
        self._nursery = nursery
        self._is_open = is_open
        self._lose = lose
        self._kept = kept
        self._fences = fences
        self._leases: dict[str, RoomLease] = {}
        self._wanted_until: dict[str, float] = {}
        self._is_leaving = False

    def has(self, room: str) -> bool:
        """Whether this server has the room, or is about to get it back."""
        return room in self._leases

    def may_answer(self, room: str) -> bool:
        """Whether this server may still promise what happens in the room: no other has it yet."""
        lease = self._leases.get(room)
        tenure = lease.tenure if lease is not None else None
        return tenure is not None and tenure.may_answer(trio.current_time())

    def was_left(self, room: str) -> bool:
        """Whether the room's owner before this server gave it up, and was not gone at once."""
        lease = self._leases.get(room)
        return lease is not None and lease.was_left

    async def holder(self, room: str) -> str:
        """Return which server has the room now; "" for none. Raises ConnectionLost."""
        try:
            found = await self._client.get(RoomKeys(room).owner)
        except (RedisError, OSError) as error:
            raise ConnectionLost(f"Valkey does not say who has the room ({error})") from None
        return "" if found is None else found.decode().partition(":")[0]

    async def without_holder(self, rooms: Sequence[str]) -> list[str]:
        """Return those of these rooms that no server has. Raises ConnectionLost."""
        left: list[str] = []
        for at in range(0, len(rooms), ASKED_AT_ONCE):
            names = rooms[at : at + ASKED_AT_ONCE]
            try:
                found = await self._client.mget([RoomKeys(name).owner for name in names])
            except (RedisError, OSError) as error:
                raise ConnectionLost(f"Valkey does not say who has rooms ({error})") from None
            left += [name for name, one in zip(names, found, strict=True) if one is None]
        return left

    async def _highest(self, room: str) -> int:
        """Return the largest token by which somebody took the room. Raises ConnectionLost."""
        try:
            return int(await self._client.hget(RoomKeys(room).head, "fence") or 0)
        except (RedisError, OSError) as error:
            raise ConnectionLost(f"Valkey does not say who had the room ({error})") from None

    async def owner_of(self, room: str, *, may_open: bool) -> str:
        """Return which server has the room. Raises ConnectionLost, and StoreError.

        If none has, this one takes it where somebody ``may_open`` it, or an owner that is gone left
        it; else nobody has to know of the room, and this server refuses as well as any other.
        Without Valkey it still has what it had.
        """
        while True:
            if room in self._leases:
                self._wanted_until[room] = trio.current_time() + GRACE_SECONDS
                return await self._other_holder(room) or self._node
            found = await self.holder(room)
            if found and found != self._node:
                return found
            if not found and await self._let_owners_return(room):
                continue
            if not (found or may_open or await self._is_known(room)):
                return self._node
            if self._is_leaving:
                raise ConnectionLost("this server stops, and takes no room any more")
            if not found:
                lease = RoomLease(self._client, room, self._node)
                tenure = await lease.take_over(self._fences)
                if tenure is not None:
                    await self._note_taken(room, lease, tenure.fence)
                    self._leases[room] = lease
                    self._wanted_until[room] = trio.current_time() + GRACE_SECONDS
                    self._nursery.start_soon(self._keep_lease, room, lease)
                    return self._node
                # Tokens may begin anew, as where their database was put back from a copy.
                await self._fences.pass_by(await self._highest(room))
            await trio.sleep(LOOK_SECONDS / 10)  # it is taken, or given up, at this moment

    async def _is_known(self, room: str) -> bool:
        """Whether the room has been opened. Raises ConnectionLost, and StoreError."""
        return self._is_open(room) or await self._kept.is_kept(room)

    async def _let_owners_return(self, room: str) -> bool:
        """Wait if owners who live may lack their leases yet, and return whether they may.

        At a start that may be so after a failover nobody here saw: only rooms that are known wait.
        """
        now = trio.current_time()
        until = self._client.joined_again_at + RETURN_SECONDS
        if now >= until:
            until = self._client.met_at + RETURN_SECONDS
            if now >= until or not await self._is_known(room):
                return False
        await trio.sleep_until(until)
        return True

    async def _other_holder(self, room: str) -> str:
        """Return which server has taken a room that this one had; "" where none is known."""
        if self.may_answer(room):
            return ""
        with contextlib.suppress(ConnectionLost):
            found = await self.holder(room)
            return "" if found == self._node else found
        return ""

    async def _note_taken(self, room: str, lease: RoomLease, fence: int) -> None:
        try:
            await self._kept.note_taken(room, fence)
        except BaseException:
            with trio.CancelScope(shield=True, deadline=trio.current_time() + 1):
                await _give_up(lease)
            raise

    def let_go(self, room: str) -> None:
        """Give a room up that another server has by now."""
        if self._leases.pop(room, None) is not None:
            del self._wanted_until[room]

    async def leave(self) -> None:
        """Let other servers have all rooms, each as soon as it is written."""
        self._is_leaving = True
        async with trio.open_nursery() as nursery:
            for room, lease in self._leases.items():
                nursery.start_soon(self._hand_on, room, lease)

    async def _hand_on(self, room: str, lease: RoomLease) -> None:
        with _alone(room):
            await self._kept.write_room(room, lease)
        if self._leases.get(room) is lease:
            self.let_go(room)
        await _give_up(lease)

    def _is_wanted(self, room: str, lease: RoomLease) -> bool:
        return self._leases.get(room) is lease and (
            self._is_leaving  # then the room goes once it is written
            or self._is_open(room)
            or self._kept.is_opening(room)
            or trio.current_time() < self._wanted_until[room]
        )

    async def _keep_lease(self, room: str, lease: RoomLease) -> None:
        """Keep a room until it is wanted no more, or another server has it."""
        with _alone(room):
            await self._renew(room, lease)
        if self._leases.get(room) is lease:
            self.let_go(room)
        with _alone(room):
            await self._kept.stop_writing(room, lease)
        await _give_up(lease)

    async def _renew(self, room: str, lease: RoomLease) -> None:
        while self._is_wanted(room, lease):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(lease.keep_renewing)
                nursery.start_soon(self._kept.keep_written, room, lease)
                while self._is_wanted(room, lease) and lease.tenure is not None:  # noqa: ASYNC110
                    await trio.sleep(LOOK_SECONDS)
                nursery.cancel_scope.cancel()
            if lease.tenure is None and not await self._has_got_back(room, lease):
                return

    async def _has_got_back(self, room: str, lease: RoomLease) -> bool:
        """Take a room again whose lease ran out, as Valkey was gone or this server stood still.

        Return False if it is another's by now, or wanted no more.
        """
        log.warning("the lease of room %(room)s ran out", {"room": room})
        while self._is_wanted(room, lease):
            try:
                if await self._kept.was_anothers(room, lease):
                    log.warning("room %(room)s is another server's now", {"room": room})
                    self.let_go(room)
                    await self._lose(room)
                    return False
                if await lease.take_over(self._fences) is not None:
                    return True
            except (ConnectionLost, StoreError) as lost:
                log.debug("no lease: %s", lost)
            await trio.sleep(LOOK_SECONDS)
        return False


@contextlib.contextmanager
def _alone(room: str) -> Iterator[None]:
    """Let an error in one room, even a bug of ours, not end the others."""
    try:
        yield
    except Exception:
        log.exception("room %(room)s is not written for other servers", {"room": room})


async def _give_up(lease: RoomLease) -> None:
    try:
        await lease.give_up()
    except ConnectionLost as lost:
        log.debug("a lease runs out by itself: %s", lost)
