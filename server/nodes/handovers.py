"""How a room gets from an owner that is gone to the next one: what was kept of it in Valkey.

The owner writes what changes onto the room's stream, under the token of its lease: an owner from
before cannot. The next one opens it from there, as a server does after a restart.
"""

from __future__ import annotations

import contextlib
import logging
from typing import NoReturn

import coredis
import msgspec
import trio
from coredis.exceptions import RedisError

from roomcli.errors import ConnectionLost, StoreError
from roomcli.protocol import events as e

from ..cluster.keys import RoomKeys
from ..cluster.lease import RoomLease
from ..cluster.room_stream import NotWritten, RoomRecord, RoomStream, StreamFollower, Verdict
from ..rooms.handover import HandedRoom, RoomHandover, adopt, decode_handover
from ..rooms.hub import Hub
from ..rooms.room import Room
from ..rooms.room_changes import changed, decode_change
from ..store import Store
from .kept_rooms import RoomOpenings
from .room_journal import RoomOutbox
from .room_writer import RoomWriter

log = logging.getLogger(__name__)

AGAIN_SECONDS = 0.1
"""Until a room is written again that could not be."""
REFRESH_SECONDS = 60.0
"""Between two looks at a room in which nothing happens, so that it stays kept."""


class Handovers:
    """Writes down the rooms of this server, and takes up those of others that are gone."""

    def __init__(self, client: coredis.Redis[bytes], hub: Hub, store: Store) -> None:
        self._client = client
        self._hub = hub
        self._store = store
        self._outboxes: dict[str, RoomOutbox] = {}
        self._writers: dict[str, RoomWriter] = {}
        self._openings = RoomOpenings()
        self._ended: dict[str, float] = {}

    def outbox(self, name: str) -> RoomOutbox:
        """Return what is on its way to the stream of a room."""
        return self._outboxes.setdefault(name, RoomOutbox())

    async def keep_written(self, name: str, lease: RoomLease) -> NoReturn:
        """Write down what changes in a room, as soon as it does, until cancelled."""
        while True:
            with trio.move_on_after(REFRESH_SECONDS):
                await self.outbox(name).news()
            if not await self.write_room(name, lease):
                await trio.sleep(AGAIN_SECONDS)

    async def write_room(self, name: str, lease: RoomLease) -> bool:
        """Write down what has changed in a room; return whether that was done."""
        if name in self._openings:  # nothing is newer here than what is being read
            return False
        outbox = self.outbox(name)
        writer = self._writers.setdefault(
            name, RoomWriter(RoomStream(self._client, name), self._store, self._hub, name)
        )
        tenure = lease.tenure
        if tenure is None:
            return False
        try:
            outcome = await writer.write_down(outbox, tenure)
        except (ConnectionLost, StoreError) as error:
            log.debug("room %s is not written down: %s", name, error)
            outbox.need_snapshot()
            return False
        except trio.Cancelled:
            outbox.need_snapshot()  # nobody knows whether what was on its way is written
            raise
        if outcome is NotWritten.FENCED:
            lease.tenure = None
            outbox.note_loss()
        elif outcome is NotWritten.FORGOTTEN:
            outbox.need_snapshot()
        return outcome is None

    async def was_anothers(self, name: str, lease: RoomLease) -> bool:
        """Whether another server has had the room since this one had it. Raises ConnectionLost."""
        # A smaller token is of an owner before, where a failover forgot that this one came after.
        return await RoomStream(self._client, name).last_fence() > max(lease.fences)

    async def is_kept(self, name: str) -> bool:
        """Whether a room can be taken up. Raises ConnectionLost."""
        try:
            return await self._client.exists([RoomKeys(name).snapshot]) > 0
        except (RedisError, OSError) as error:
            raise ConnectionLost(f"Valkey does not say what it keeps ({error})") from None

    async def note_taken(self, name: str, fence: int) -> None:
        """Look which room of this name was the last that ended. Raises ConnectionLost."""
        self._ended[name] = await RoomStream(self._client, name).last_end()

    def opened_before(self, name: str) -> float:
        """Return when the last room of this name was opened that has ended; 0 for none.

        Whoever opens the next one has its lease, so they know. The next one is opened later than
        that, so that rooms of a name are in order, whatever the clocks of their servers say.
        """
        outbox = self._outboxes.get(name)
        here = outbox.ended_at if outbox is not None else None
        return max(self._ended.get(name, 0.0), here or 0.0)

    async def take_up(self, name: str, *, was_left: bool) -> None:
        """Open a room here that its owner has no more, if something is kept of it.

        Where that was gone at once, and the room not ``was_left``, people are told. Raises
        ConnectionLost, and StoreError.
        """
        if self._hub.room(name) is not None:
            return
        async with self._openings.alone(name):
            outbox = self._outboxes.get(name)
            has_ended = outbox is not None and outbox.ended_at is not None
            if self._hub.room(name) is not None or has_ended:
                return
            record = await RoomStream(self._client, name).read_room()
            _, handover = (0.0, None) if record is None else _room_in(name, record)
            if handover is None:
                return
            await self._open_again(handover, was_left=was_left)
            log.warning("room %(room)s is here now: its server is gone", {"room": name})

    def is_opening(self, name: str) -> bool:
        """Whether a room is being opened here."""
        return name in self._openings

    async def catch_up(self, room: Room) -> None:
        """Have a room that is open here as others have had it meanwhile, if they have.

        If it has ended with them, it ends here. Raises ConnectionLost, and StoreError.
        """
        async with self._openings.alone(room.name):
            stream = RoomStream(self._client, room.name)
            record = await stream.read_room()
            opened_at, handover = (0.0, None) if record is None else _room_in(room.name, record)
            if handover is not None:
                await self._have_newer(room, handover)
            elif max(opened_at, await stream.last_end()) >= room.opened_at:
                log.warning("room %(room)s has ended on another server", {"room": room.name})
                if self._hub.room(room.name) is room:
                    room.apply([e.RoomEnded(reason="ended")])

    async def _have_newer(self, room: Room, handover: RoomHandover) -> None:
        here = await HandedRoom(self._store).describe(room)
        if self._hub.room(room.name) is not room:
            return
        if not here.is_same_room(handover) and handover.is_at_least(here):
            self._judge_lease(room.name)
            await self._hub.give_up(room, "the room is opened anew: come back")
            await self._open_again(handover, was_left=True)

    async def _open_again(self, handover: RoomHandover, *, was_left: bool) -> None:
        self._judge_lease(handover.room.name)
        await adopt(self._store, handover, self._hub.now())
        await self._hub.open_handed(
            handover.room.name, handover.answers, handover.known_for, was_left=was_left
        )

    def _judge_lease(self, name: str) -> None:
        """Raise ConnectionLost if another server may have the room by now."""
        if not self._hub.may_start(name):
            raise ConnectionLost("another server may have the room by now")

    async def stop_writing(self, name: str, lease: RoomLease) -> None:
        """Write nothing of a room any more; if it ended here, nothing of it is kept.

        What nobody opened here, or goes on, may be kept there alone.
        """
        tenure, is_open = lease.tenure, self._hub.room(name) is not None
        self._writers.pop(name, None)
        self._ended.pop(name, None)
        outbox = self._outboxes.get(name)
        if outbox is None or is_open:
            return
        del self._outboxes[name]
        if tenure is not None and outbox.ended_at is not None:
            with contextlib.suppress(ConnectionLost):  # then it is forgotten by itself
                await RoomStream(self._client, name).forget(tenure.fence, outbox.ended_at)


def _room_in(name: str, record: RoomRecord) -> tuple[float, RoomHandover | None]:
    """Return when a room that is kept was opened, and the room; None if it has ended.

    Of one that cannot be read neither is known: 0.0, and None.
    """
    follower = StreamFollower(record.at)
    changes = []
    for at, event in record.events:
        verdict = follower.judge_event(at)
        if verdict is Verdict.KNOWN:
            continue
        if verdict is not Verdict.NEXT:
            # Each change has the values themselves: those after a gap are worth having.
            log.error("of what is kept of room %(room)s something is missing", {"room": name})
            follower = StreamFollower(at)
        changes.append(event)
    try:
        before = decode_handover(record.snapshot)
        return before.room.opened_at, changed(before, map(decode_change, changes))
    except (msgspec.MsgspecError, StoreError) as error:
        facts = {"room": name, "why": str(error)}
        log.error("what is kept of room %(room)s cannot be read: %(why)s", facts)
        return 0.0, None
