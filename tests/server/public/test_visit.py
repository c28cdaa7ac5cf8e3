"""Tests of visits: no voice of one room in another, and nothing lost of control."""

from __future__ import annotations

import itertools
import socket
from collections import Counter
from pathlib import Path

import pytest
import trio

import server.rooms.peer
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.audio import Ack, Bundle, Flags, UplinkFrame
from roomcli.wire.stream import OutboundStream
from server.limits import MessageLimits, Rate
from server.rooms.hub import Hub

from ...support.patience import until
from ...support.serving import Client, RunningServer, patient_limits, peers_of, serving

CHANGES = 200
PAYLOAD = 1000
"""Bytes of a frame: a few of them fill the sockets, which take as little as the system allows."""

PAUSE = 0.03
"""Seconds between two changes: a slot rests for a second, and a stage has 24 of them."""


@pytest.fixture
def talkative(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let people say more than they may, so that sockets are full soon."""
    monkeypatch.setattr(server.rooms.peer, "FRAMES_PER_SECOND", 10_000)
    monkeypatch.setattr(server.rooms.peer, "BYTES_PER_KILOBIT", 100_000)
    monkeypatch.setattr(Hub, "may_log", lambda self: False)


async def test_only_who_is_on_stage_is_read_by_a_task_of_their_own(tmp_path: Path) -> None:
    async with serving(tmp_path) as running:
        host, guest = await running.client(intent="host"), await running.client(name="Ben")
        room = running.hub._rooms["standup"]

        def sleeps(client: Client) -> bool:
            return peers_of(room)[client.id]._websocket.stream._rests

        guest.ack()
        await until(lambda: sleeps(guest))
        guest.ack()
        await guest.until(Ack)
        await guest.until(Ack)
        assert sleeps(guest)
        await running.bring_on_stage(host, guest)
        await guest.do(c.Unmute())
        assert not sleeps(guest)
        assert not sleeps(host)
        await host.do(c.MoveToAudience(id=guest.id))
        await guest.ask(c.RaiseHand())
        await until(lambda: sleeps(guest))


async def talk(talker: Client, room: bytes) -> None:
    """Talk without a pause, and read what the others say."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(listen, talker)
        while True:
            for _ in range(4):
                talker.speak(room * PAYLOAD)
            await trio.sleep(0.005)


async def listen(talker: Client) -> None:
    """Read what the others say for as long as the test takes."""
    while True:
        await talker.read()


async def rooms_of(server: RunningServer, guest: Client) -> dict[str, Client]:
    """Open two rooms of the guest's; return who speaks in each."""
    talkers = {}
    for name in ("a", "b"):
        await guest.go_into(room=name, intent="host")
        talkers[name] = await server.client(server.room(name), name=f"Talker {name}")
        await server.bring_on_stage(guest, talkers[name])
    return talkers


def stream_to(server: RunningServer, guest: Client) -> OutboundStream:
    """Return the server's end of the guest's connection, who is in a room."""
    peers = (peers_of(each).get(guest.id) for each in server.hub._rooms.values())
    return next(peer._websocket.stream for peer in peers if peer is not None)


@pytest.mark.usefixtures("talkative")
async def test_two_hundred_changes_of_rooms_mix_no_voices_and_lose_no_control(
    tmp_path: Path,
) -> None:
    limits = patient_limits()
    limits.messages = MessageLimits(frames=Rate(10_000, 10_000))
    async with serving(tmp_path, limits=limits) as running, trio.open_nursery() as nursery:
        guest = await running.connected()
        await guest.say_hello()
        talkers = await rooms_of(running, guest)
        for name, talker in talkers.items():
            nursery.start_soon(talk, talker, name.encode())
        stream, was_blocked = stream_to(running, guest), 0
        stream._raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
        guest.connection.stream._raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32_768)
        numbers = itertools.count(1000)
        asked: list[int] = []
        for change in range(CHANGES):
            running.hub.allowances._buckets.clear()
            room = "ab"[change % 2]
            for command in (c.EnterRoom(room=room, intent="host"), c.Unmute(), c.RaiseHand()):
                asked.append(next(numbers))
                guest.send(replaced(command, asked[-1]))
            await trio.sleep(PAUSE)
            was_blocked += stream.blocked
            # A slow reader, who still speaks to a room that the server knows is left.
            for _ in range(4):
                news = await guest.read()
                if isinstance(news, e.Joined):
                    guest.visit, guest.joined = news.visit, news
            say(guest, f"g{guest.joined.room}".encode())
            if change % 10 == 9:
                await guest.until(e.Done | e.Refused, lambda told: told.ref == asked[-1])
                joined = [each for each in guest.got if isinstance(each, e.Joined)]
                guest.joined, guest.visit = joined[-1], joined[-1].visit
        assert was_blocked > CHANGES / 20
        heard = check_order(guest)
        assert heard > CHANGES
        answers = Counter(
            each.ref for each in guest.got if isinstance(each, e.Done | e.Refused) and each.ref
        )
        assert {number: answers[number] for number in asked} == dict.fromkeys(asked, 1)
        own = {name: voices(talker, b"g") for name, talker in talkers.items()}
        assert own["a"] <= {b"ga"}
        assert own["b"] <= {b"gb"}
        assert own["a"] | own["b"], "the guest is heard at all"
        nursery.cancel_scope.cancel()


def replaced(command: c.ClientMessage, ref: int) -> c.ClientMessage:
    """Return the command with a number."""
    return type(command)(**{name: getattr(command, name) for name in fields(command)}, ref=ref)


def fields(command: c.ClientMessage) -> list[str]:
    return [name for name in command.__struct_fields__ if name != "ref"]


def say(guest: Client, payload: bytes) -> None:
    """Send a frame of the visit in which the guest thinks to be."""
    guest.media_time += 960
    frame = UplinkFrame(guest.media_time, guest.media_time, Flags.NONE, -20, payload, guest.visit)
    guest.connection.send_voice(frame.encode())


def check_order(guest: Client) -> int:
    """Check that each bundle is of the visit that goes on; return the number of bundles."""
    bundles = visits = 0
    current: e.Joined | None = None
    for message in guest.got:
        match message:
            case e.Joined():
                assert current is None
                assert message.visit == visits % 255 + 1
                current, visits = message, visits + 1
            case e.RoomLeft():
                assert current is not None
                current = None
            case Bundle():
                assert current is not None
                assert message.visit == current.visit
                for entry in message.entries:
                    assert entry.payload[:1] in (current.room.encode(), b"g")
                bundles += 1
            case Ack():
                assert message.visit in (0, current.visit if current else 0)
    assert visits == CHANGES + 2
    return bundles


def voices(talker: Client, begin: bytes) -> set[bytes]:
    """Return the different payloads that somebody has heard and that begin so."""
    bundles = (each for each in talker.got if isinstance(each, Bundle))
    entries = (entry for bundle in bundles for entry in bundle.entries)
    return {entry.payload for entry in entries if entry.payload.startswith(begin)}


async def test_who_came_in_and_cannot_be_told_so_is_told_to_come_back(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        await server.client(intent="host")
        room = server.hub.room("standup")
        assert room is not None
        room.tellings.hold(server.store.queued + 1000)  # which is never kept
        ben = await server.connected()
        await ben.say_hello()
        ben.send(ben.enter_room())
        await until(lambda: room.number_of_people == 2)
        room.tellings.drop()
        goodbye = await ben.until(e.Joined | e.Goodbye)
        assert isinstance(goodbye, e.Goodbye)
        assert (goodbye.code, goodbye.retry) == ("server_closing", True)
