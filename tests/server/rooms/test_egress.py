"""Tests of how much voice a room may send, and of who is let in where it is too much."""

from __future__ import annotations

from pathlib import Path

import pytest

import server.rooms.egress
from server.limits import EgressLimits, ServerLimits
from server.rooms.egress import HEADS, MBIT, EgressMeter, RoomEgress, full_of_voice, has_place
from server.rooms.tick import MOST_TICKS, TICK

from ...support.serving import Turned, serving

HEARD = 4
FRAME_BYTES = 112


class TalkingRoom:
    """A room with so many listeners, in which so many talk without a pause."""

    def __init__(self, limits: EgressLimits, everything: EgressMeter | None = None) -> None:
        self.egress = RoomEgress(HEARD, ServerLimits(egress=limits), everything or EgressMeter())
        self.now = 0.0
        self.sent = 0

    def talk(self, seconds: float, listeners: int, voices: int) -> float:
        """Talk for so long; return the megabits a second of the last two seconds."""
        end, counted_from = self.now + seconds, 0.0
        while self.now < end:
            if not counted_from and end - self.now <= 2:
                counted_from, self.sent = self.now, 0
            ticks = self.egress.ticks
            frames = ticks * min(voices, self.egress.voices)
            size = listeners * (HEADS + frames * FRAME_BYTES)
            self.egress.add(size, self.now)
            self.sent += size
            self.now += ticks * TICK
        return self.sent / (self.now - counted_from) / MBIT


def test_what_fits_is_left_alone() -> None:
    room = TalkingRoom(EgressLimits(room_mbit=25))
    assert room.talk(20, listeners=100, voices=HEARD) < 25
    assert (room.egress.voices, room.egress.ticks) == (HEARD, 1)


def test_bundles_become_fewer_before_voices_do() -> None:
    room = TalkingRoom(EgressLimits(room_mbit=21))
    assert room.talk(1.1, listeners=110, voices=HEARD) > 21
    assert (room.egress.voices, room.egress.ticks) == (HEARD, MOST_TICKS)
    assert room.talk(20, listeners=110, voices=HEARD) < 21
    assert (room.egress.voices, room.egress.ticks) == (HEARD, MOST_TICKS)


@pytest.mark.parametrize("listeners", [150, 300, 600])
def test_voices_are_left_out_until_the_rest_fits(listeners: int) -> None:
    room = TalkingRoom(EgressLimits(room_mbit=20))
    for _ in range(30):
        last = room.talk(4, listeners, voices=HEARD)
    assert room.egress.voices >= 1
    assert last <= 20 or (listeners == 600 and room.egress.voices == 1)
    used = room.egress.voices
    assert used == 1 or last > 20 * used / (used + 2), "more than needed was left out"


def test_all_are_heard_again_once_there_are_fewer() -> None:
    room = TalkingRoom(EgressLimits(room_mbit=20))
    room.talk(10, listeners=400, voices=HEARD)
    assert room.egress.voices < HEARD
    room.talk(40, listeners=50, voices=HEARD)
    assert (room.egress.voices, room.egress.ticks) == (HEARD, 1)


def test_rooms_share_what_the_server_may_send() -> None:
    everything = EgressMeter()
    limits = EgressLimits(server_mbit=40, room_mbit=1000)
    rooms = [TalkingRoom(limits, everything) for _ in range(2)]
    for _ in range(600):
        for room, listeners in zip(rooms, (400, 200), strict=True):
            room.talk(TICK, listeners, voices=HEARD)
    seen = [room.talk(2, n, HEARD) for room, n in zip(rooms, (400, 200), strict=True)]
    assert sum(seen) <= 40
    assert all(room.egress.voices >= 1 for room in rooms)
    assert rooms[0].egress.voices < HEARD


def test_a_place_is_one_voice() -> None:
    limits = EgressLimits(server_mbit=20, room_mbit=10)
    most = next(people for people in range(1000) if not has_place(people + 1, 10))
    assert 150 < most < 250  # some 54 kb/s each
    assert full_of_voice(most, most, limits) is None
    assert "this room" in (full_of_voice(most + 1, most + 1, limits) or "")
    assert "this server" in (full_of_voice(most, 2 * most + 2, limits) or "")


@pytest.mark.parametrize("limit", ["server_mbit", "room_mbit"])
async def test_nobody_new_comes_where_one_voice_is_too_much(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(server.rooms.egress, "VOICE_BYTES", 60_000)
    limits = ServerLimits(egress=EgressLimits(**{limit: 1}))
    async with serving(tmp_path, limits=limits) as running:
        await running.client(intent="host")
        ben = await running.client(name="Ben")
        with pytest.raises(Turned) as turned:
            await running.client(name="Eve")
        assert turned.value.code == "egress_full"
        await ben.go()
        await running.client(name="Ben", key=ben.key, ticket=ben.joined.ticket)  # a seat is kept
