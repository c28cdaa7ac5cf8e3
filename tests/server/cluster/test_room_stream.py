"""Tests of a room's stream against real Valkey and Redis: one owner, nothing doubled."""

from __future__ import annotations

import signal
import sys
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import trio

from benchmarks.processes import running
from benchmarks.valkey import ValkeyServer
from server.cluster.client import ValkeyClient
from server.cluster.lease import RoomLease
from server.cluster.room_stream import (
    ENDED_SECONDS,
    NotWritten,
    Position,
    RoomStream,
    StreamEvent,
    StreamFollower,
    Verdict,
    Written,
)

from ...support.patience import PATIENCE
from ...support.paused_owner import OnlyFence
from ...support.valkey import both_kinds, own_valkey


@pytest.fixture
async def stream(shared_valkey: ValkeyServer) -> AsyncIterator[RoomStream]:
    """Return the stream of a room that is new, with a snapshot at 0 by the owner 5."""
    async with ValkeyClient(shared_valkey.address) as client:
        stream = RoomStream(client, str(uuid4()))
        await stream.write_snapshot(Position(5, 0), b"empty")
        yield stream


async def put(stream: RoomStream, fence: int, number: int, *events: bytes) -> object:
    """Write events from this position on."""
    return await stream.write_events(Position(fence, number), events)


async def test_a_room_is_read_as_it_was_written(stream: RoomStream) -> None:
    assert await put(stream, 5, 1, b"a", b"b") == Written(Position(5, 2))
    assert await put(stream, 7, 3, b"\x00\xff") == Written(Position(7, 3))
    record = await stream.read_room()
    assert record is not None
    assert (record.at, record.snapshot) == (Position(5, 0), b"empty")
    assert [each.event for each in record.events] == [b"a", b"b", b"\x00\xff"]
    assert [each.at for each in record.events] == [(5, 1), (5, 2), (7, 3)]
    assert await stream.read_after(Position(5, 2)) == [StreamEvent(Position(7, 3), b"\x00\xff")]


async def test_a_room_that_is_not_there_is_none(shared_valkey: ValkeyServer) -> None:
    async with ValkeyClient(shared_valkey.address) as client:
        nowhere = RoomStream(client, str(uuid4()))
        assert await nowhere.read_room() is None
        assert await put(nowhere, 5, 1, b"a") is NotWritten.FORGOTTEN
        assert await nowhere.read_after(Position(0, 0)) == []


async def test_a_snapshot_forgets_what_was_before_the_one_before(stream: RoomStream) -> None:
    for number in range(1, 7):
        await put(stream, 5, number, b"%d" % number)
        if number in (2, 4):
            await stream.write_snapshot(Position(5, number), b"at %d" % number)
    record = await stream.read_room()
    assert record is not None
    assert (record.at, record.snapshot) == (Position(5, 4), b"at 4")
    assert [each.event for each in record.events] == [b"5", b"6"]
    # Whoever was a little behind still finds what they lack.
    assert [each.at.number for each in await stream.read_after(Position(0, 0))] == [3, 4, 5, 6]


async def test_a_smaller_token_writes_nothing_once_a_larger_one_did(stream: RoomStream) -> None:
    assert await put(stream, 8, 1, b"new") == Written(Position(8, 1))
    assert await put(stream, 5, 2, b"old") is NotWritten.FENCED
    assert await stream.write_snapshot(Position(5, 2), b"old") is NotWritten.FENCED
    record = await stream.read_room()
    assert record is not None
    assert (record.snapshot, [each.event for each in record.events]) == (b"empty", [b"new"])


async def test_a_number_that_is_not_the_next_is_not_written(stream: RoomStream) -> None:
    assert await put(stream, 5, 2, b"gap") is NotWritten.FORGOTTEN
    await put(stream, 5, 1, b"a")
    assert await put(stream, 5, 1, b"double") is NotWritten.FORGOTTEN
    assert [each.event for each in await stream.read_after(Position(0, 0))] == [b"a"]


async def test_a_room_that_ended_is_forgotten_by_its_owner_alone(stream: RoomStream) -> None:
    await put(stream, 7, 1, b"a")
    assert await stream.forget(5, 100.25) is NotWritten.FENCED
    assert await stream.read_room() is not None
    assert await stream.last_end() == 0
    assert await stream.forget(7, 100.25) == Written(Position(7, 1))
    assert await stream.read_room() is None
    assert await stream.last_fence() == 7
    assert await stream.last_end() == 100.25
    await stream.forget(7, 99.0)  # who catches up with it writes it again
    assert await stream.last_end() == 100.25
    assert 0 < await stream._client.pttl(stream._keys.ended) <= ENDED_SECONDS * 1000


async def test_nothing_is_kept_without_end(stream: RoomStream) -> None:
    await put(stream, 5, 1, b"a")
    for key in stream._all_keys:
        assert 0 < await stream._client.pttl(key) <= 300_000
        await stream._client.persist(key)
    await stream.refresh()
    for key in stream._all_keys:
        assert 0 < await stream._client.pttl(key) <= 300_000


@both_kinds
async def test_an_owner_writes_its_snapshot_anew_where_the_server_is_back_empty(kind: str) -> None:
    with own_valkey(kind) as server:
        async with ValkeyClient(server.address) as client:
            stream = RoomStream(client, "r")
            await stream.write_snapshot(Position(5, 0), b"")
            await put(stream, 5, 1, b"a")
        server.kill()
        server.start_again()
        async with ValkeyClient(server.address) as client:
            stream = RoomStream(client, "r")
            assert await put(stream, 5, 2, b"b") is NotWritten.FORGOTTEN
            assert await stream.write_snapshot(Position(5, 1), b"a") == Written(Position(5, 1))
            assert await put(stream, 5, 2, b"b") == Written(Position(5, 2))
            record = await stream.read_room()
            assert record is not None
            assert (record.snapshot, len(record.events)) == (b"a", 1)


async def test_an_owner_that_is_paused_between_check_and_write_cannot_write(
    shared_valkey: ValkeyServer,
) -> None:
    room = str(uuid4())
    where = (shared_valkey.address.path, room, "5")
    with running([sys.executable, "-m", "tests.support.paused_owner", *where]) as paused:
        paused.event("checked", PATIENCE)
        paused.process.send_signal(signal.SIGSTOP)
        paused.write({"go": "on"})
        async with ValkeyClient(shared_valkey.address) as client:
            lease, stream = RoomLease(client, room, "heir"), RoomStream(client, room)
            with trio.fail_after(PATIENCE):
                while await lease.take_over(OnlyFence(6)) is None:  # noqa: ASYNC110 - nobody tells
                    await trio.sleep(0.02)
            paused.process.send_signal(signal.SIGCONT)
            said = paused.event("wrote", PATIENCE)
            assert said["events"] == said["snapshot"] == str(NotWritten.FENCED)
            assert not said["may_answer"]
            assert await put(stream, 6, 2, b"heir's") == Written(Position(6, 2))
            events = await stream.read_after(Position(0, 0))
            assert [each.event for each in events] == [b"mine", b"heir's"]


@pytest.mark.parametrize(
    ("at", "verdict"),
    [
        ((5, 11), Verdict.NEXT),
        ((6, 11), Verdict.NEXT),
        ((5, 10), Verdict.KNOWN),
        ((5, 3), Verdict.KNOWN),
        ((4, 11), Verdict.KNOWN),
        ((5, 12), Verdict.GAP),
        ((6, 13), Verdict.GAP),
        ((6, 10), Verdict.ANEW),
        ((6, 2), Verdict.ANEW),
    ],
)
def test_a_consumer_takes_what_is_next(at: tuple[int, int], verdict: Verdict) -> None:
    follower = StreamFollower(Position(5, 10))
    assert follower.judge_event(Position(*at)) is verdict
    assert follower.position == (at if verdict is Verdict.NEXT else (5, 10))
