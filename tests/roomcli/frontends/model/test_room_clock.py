"""Tests of the server's clock: how long hands are up, how long turns last, when a room closes."""

from __future__ import annotations

import pytest

from roomcli.frontends.model.room_clock import RoomClock, TurnLeft
from roomcli.protocol import events as e
from roomcli.protocol.times import TURN_GRACE

from ....support.fake_room import WALL, YOU, entered


def test_times_of_the_two_clocks_are_told_apart() -> None:
    clock = RoomClock()
    clock.set_clock(server_time=105.0, wall=100.0)
    assert (clock.server_time(100.0), clock.local_time(105.0)) == (105.0, 100.0)


def test_waiting_times_are_by_the_servers_clock() -> None:
    model = entered("listener")
    assert model.view is not None
    assert round(model.clock.waited(model.view.hands[2], WALL)) == 17
    model.receive(e.HostAbsent(closes_at=WALL + 65), 100.0, WALL)
    assert model.clock.closes_in(model.view, WALL) == 60


def test_a_dropped_host_is_waited_for() -> None:
    model = entered("listener")
    assert model.clock.host_back_in(model.view, WALL) is None
    model.receive(e.SpeakerDropped(id="ann1", kept_until=WALL + 35), 1.0, WALL)
    assert model.clock.host_back_in(model.view, WALL) == 30


def test_a_turn_is_reckoned_by_the_servers_clock() -> None:
    model = entered("speaker", e.TurnSet(id=YOU, ends_at=WALL + 80))  # it is WALL + 5 there
    assert model.view is not None
    stage, turn_left = model.view.stage, model.clock.turn_left
    assert turn_left(stage[YOU], WALL) == TurnLeft(60, over=False)
    assert turn_left(stage[YOU], WALL + 99) == TurnLeft(0, over=True)
    assert turn_left(stage["ann1"], WALL) is None
    assert turn_left(None, WALL) is None


@pytest.mark.parametrize(
    ("later", "left"),
    [
        (-0.1, TurnLeft(60, over=False)),  # as far as clocks are known to agree
        (0.1, TurnLeft(60, over=False)),
        (0.7, TurnLeft(60, over=False)),
        (1.0, TurnLeft(59, over=False)),
        (59.7, TurnLeft(1, over=False)),
        (60.0, TurnLeft(15, over=True)),
        (74.7, TurnLeft(1, over=True)),
        (75.0, TurnLeft(0, over=True)),
    ],
)
def test_a_turn_begins_with_its_whole_time_and_ends_with_the_grace(
    later: float, left: TurnLeft
) -> None:
    ends_at = WALL + 5 + 60 + TURN_GRACE
    model = entered("speaker", e.TurnSet(id=YOU, ends_at=ends_at))
    assert model.view is not None
    assert model.clock.turn_left(model.view.stage[YOU], WALL + later) == left
