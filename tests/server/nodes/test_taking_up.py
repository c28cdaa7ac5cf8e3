"""Tests of rooms that are kept for whoever has them next: who may open them, and forget them."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import trio
import trio.testing

from roomcli.errors import ConnectionLost
from roomcli.protocol import events as e
from server.cluster.lease import Tenure
from server.cluster.room_stream import NotWritten, Position, RoomRecord, StreamEvent, Written
from server.nodes import handovers as module
from server.nodes.handovers import Handovers
from server.rooms.handover import HandedRoom, encode_handover
from server.rooms.room_changes import RoomChange, encode_change
from server.rooms.rules import RoomState
from server.store import Store

from ...support.memory_store import memory_store
from ...support.serving import serving

ROOM = "standup"
FENCE = 5
OPENED_AT = 10.0


class OneKept:
    """Replaces what Valkey keeps of all rooms."""

    def __init__(self) -> None:
        self.records: dict[str, RoomRecord] = {}
        self.forgotten: list[str] = []
        self.ended: dict[str, float] = {}
        self.waits: dict[str, trio.Event] = {}
        """Who reads one of these rooms waits."""

    def stream(self, client: object, room: str) -> OneStream:
        """Return the stream of a room."""
        return OneStream(self, room)


class OneStream:
    """Replaces the stream of one room."""

    def __init__(self, kept: OneKept, room: str) -> None:
        self._kept = kept
        self._room = room

    async def read_room(self) -> RoomRecord | None:
        """Return what is kept of the room, once that is let go."""
        await trio.lowlevel.checkpoint()
        if self._room in self._kept.waits:
            await self._kept.waits[self._room].wait()
        return self._kept.records.get(self._room)

    async def write_snapshot(self, at: Position, state: bytes) -> Written | NotWritten:
        """Keep the state of a room as a whole."""
        await trio.lowlevel.checkpoint()
        self._kept.records[self._room] = RoomRecord(at, state, ())
        return Written(at)

    async def last_end(self) -> float:
        """Return which room of this name has ended, by when it was opened."""
        await trio.lowlevel.checkpoint()
        return self._kept.ended.get(self._room, 0.0)

    async def forget(self, fence: int, opened_at: float) -> Written | NotWritten:
        """Keep nothing but that it has ended."""
        await trio.lowlevel.checkpoint()
        self._kept.ended[self._room] = opened_at
        self._kept.forgotten.append(self._room)
        self._kept.records.pop(self._room, None)
        return Written(Position(fence, 0))


class OneHub:
    """Replaces the hub: rooms that are open, by name."""

    def __init__(self) -> None:
        self.rooms: dict[str, Any] = {}
        self.is_owner = True

    def may_start(self, name: str) -> bool:
        """Whether this server still has the lease."""
        return self.is_owner

    def room(self, name: str) -> Any:
        """Return an open room, or None."""
        return self.rooms.get(name)

    def now(self) -> float:
        """Return the time at which rooms here are opened."""
        return OPENED_AT

    def open_rooms(self) -> tuple[Any, ...]:
        """Return all open rooms."""
        return tuple(self.rooms.values())

    def is_left_out(self, name: str) -> bool:
        """Whether a room could not be read."""
        return False

    async def give_up(self, room: Any, text: str) -> None:
        """Let a room go on elsewhere."""
        await trio.lowlevel.checkpoint()
        del self.rooms[room.name]

    async def open_handed(
        self, name: str, answers: object, known_for: float, *, was_left: bool
    ) -> None:
        """Open a room of the store."""
        await trio.lowlevel.checkpoint()
        self.rooms[name] = room_of(name)


def room_of(name: str, opened_at: float = OPENED_AT) -> Any:
    """Return an open room in which nothing happened; what happens then is in ``told``."""
    state = RoomState.new(name, "open", owner="ann", at=opened_at)
    told: list[Any] = []
    return SimpleNamespace(
        name=name,
        state=state,
        opened_at=opened_at,
        told=told,
        apply=told.extend,
        given_again=SimpleNamespace(all=lambda: (), known_for=0.0),
    )


async def record_of(store: Store, room: Any) -> RoomRecord:
    """Return a room as it is kept."""
    return RoomRecord(
        Position(FENCE, 0), encode_handover(await HandedRoom(store).describe(room)), ()
    )


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> OneKept:
    """Return what Valkey keeps, to begin with nothing."""
    kept = OneKept()
    monkeypatch.setattr(module, "RoomStream", kept.stream)
    return kept


@pytest.fixture
def hub() -> OneHub:
    """Return a hub without rooms."""
    return OneHub()


@pytest.fixture
def handovers(kept: OneKept, hub: Any) -> Handovers:
    """Return what writes rooms down, and takes them up."""
    unused: Any = object()
    return Handovers(unused, hub, memory_store())


def lease() -> Any:
    """Return a lease that this server has."""
    return SimpleNamespace(tenure=Tenure(FENCE, 0.0), fences={FENCE})


async def test_a_server_that_never_opened_a_room_forgets_nothing_of_it(
    kept: OneKept, handovers: Handovers
) -> None:
    kept.records[ROOM] = await record_of(memory_store(), room_of(ROOM))
    mine = lease()
    await handovers.write_room(ROOM, mine)
    await handovers.stop_writing(ROOM, mine)
    assert kept.forgotten == []
    assert ROOM in kept.records


async def test_a_room_that_ended_is_kept_no_more_and_whoever_ended_it_is_told(
    kept: OneKept, hub: OneHub, handovers: Handovers
) -> None:
    mine, outbox = lease(), handovers.outbox(ROOM)
    hub.rooms[ROOM] = room_of(ROOM)
    await handovers.write_room(ROOM, mine)
    outbox.add(lambda: b"over", 7)
    outbox.note_end(OPENED_AT)
    outbox.need_snapshot()
    del hub.rooms[ROOM]
    await handovers.write_room(ROOM, mine)
    assert kept.records == {}
    assert kept.ended == {ROOM: OPENED_AT}
    await outbox.settled(7, trio.current_time())
    await handovers.take_up(ROOM, was_left=True)
    assert hub.rooms == {}


async def test_who_comes_before_an_end_is_written_does_not_undo_it(
    kept: OneKept, hub: OneHub, handovers: Handovers
) -> None:
    hub.rooms[ROOM] = room_of(ROOM)
    await handovers.write_room(ROOM, lease())
    handovers.outbox(ROOM).note_end(OPENED_AT)
    del hub.rooms[ROOM]
    await handovers.take_up(ROOM, was_left=True)
    assert hub.rooms == {}


async def test_a_room_that_is_long_on_its_way_holds_up_no_other(
    kept: OneKept, hub: OneHub, handovers: Handovers, nursery: trio.Nursery
) -> None:
    for name in (ROOM, "retro"):
        kept.records[name] = await record_of(memory_store(), room_of(name))
    kept.waits[ROOM] = trio.Event()
    nursery.start_soon(partial(handovers.take_up, was_left=True), ROOM)
    nursery.start_soon(partial(handovers.take_up, was_left=True), ROOM)
    nursery.start_soon(partial(handovers.take_up, was_left=True), "retro")
    await trio.testing.wait_all_tasks_blocked()
    assert list(hub.rooms) == ["retro"]
    assert handovers.is_opening(ROOM)
    assert not handovers.is_opening("retro")
    kept.waits[ROOM].set()
    await trio.testing.wait_all_tasks_blocked()
    assert list(hub.rooms) == ["retro", ROOM]
    assert not handovers.is_opening(ROOM)


async def test_who_lost_the_lease_while_a_room_was_read_opens_none(
    kept: OneKept, hub: OneHub, handovers: Handovers
) -> None:
    kept.records[ROOM] = await record_of(memory_store(), room_of(ROOM, OPENED_AT + 1))
    before = hub.rooms["retro"] = room_of("retro")
    kept.records["retro"] = await record_of(memory_store(), room_of("retro", OPENED_AT + 1))
    hub.is_owner = False
    with pytest.raises(ConnectionLost):
        await handovers.take_up(ROOM, was_left=True)
    with pytest.raises(ConnectionLost):
        await handovers.catch_up(before)
    assert hub.rooms == {"retro": before}
    assert await handovers._store.rooms.names() == []


@pytest.mark.parametrize(("ended", "ends"), [(9.5, False), (10.0, True), (11.5, True)])
async def test_a_room_that_ended_on_another_server_ends_where_it_was_before(
    kept: OneKept, hub: OneHub, handovers: Handovers, ended: float, ends: bool
) -> None:
    room = hub.rooms[ROOM] = room_of(ROOM)
    kept.ended[ROOM] = ended
    await handovers.catch_up(room)
    assert room.told == ([e.RoomEnded(reason="ended")] if ends else [])


async def test_a_room_is_newer_than_those_before_it_whatever_the_clocks_say(
    kept: OneKept, hub: OneHub, handovers: Handovers, tmp_path: Path
) -> None:
    async with serving(tmp_path) as server:
        server.hub.opened_before = handovers.opened_before
        kept.ended[ROOM] = server.hub.now() + 3600.0  # by the clock of another server
        await handovers.note_taken(ROOM, FENCE)
        await server.client(intent="host")
        room = server.hub.room(ROOM)
        assert room is not None
        hub.rooms[ROOM] = room
        await handovers.catch_up(room)
        assert server.hub.room(ROOM) is room
        handovers.outbox(ROOM).note_end(room.opened_at)  # which is not written yet
        assert handovers.opened_before(ROOM) == room.opened_at


async def test_a_room_ends_also_where_only_its_stream_says_so(
    kept: OneKept, hub: OneHub, handovers: Handovers
) -> None:
    room = hub.rooms[ROOM] = room_of(ROOM)
    record = await record_of(memory_store(), room_of(ROOM))
    over = StreamEvent(Position(FENCE, 1), encode_change(RoomChange(is_over=True)))
    kept.records[ROOM] = replace(record, events=(over,))
    await handovers.catch_up(room)
    assert room.told == [e.RoomEnded(reason="ended")]


async def test_nothing_is_written_over_a_room_that_is_being_read(
    kept: OneKept, hub: OneHub, handovers: Handovers, nursery: trio.Nursery
) -> None:
    before = room_of(ROOM)
    hub.rooms[ROOM] = before
    newer = kept.records[ROOM] = await record_of(memory_store(), room_of(ROOM, OPENED_AT + 1))
    kept.waits[ROOM] = trio.Event()
    nursery.start_soon(handovers.catch_up, before)
    await trio.testing.wait_all_tasks_blocked()
    await handovers.write_room(ROOM, lease())
    assert kept.records[ROOM] is newer
    nursery.cancel_scope.cancel()
