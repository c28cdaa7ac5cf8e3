"""Tests of the queue on the way to the peer."""

from __future__ import annotations

import pytest

from roomcli.protocol.audio import Ack
from roomcli.wire.heartbeat import Heartbeat
from roomcli.wire.one_way import OneWayDelay


def test_only_a_queue_on_the_way_there_counts() -> None:
    """Their clock started long ago, and nobody compares the two."""
    ours, theirs, way = Heartbeat(1000.0), Heartbeat(-5e6), OneWayDelay()
    assert way.queueing == 0.0
    for number, (there, back, held, expected) in enumerate(
        [
            (0.04, 0.03, 0.0, 0.0),
            (0.02, 0.03, 0.0, 0.0),
            (0.02, 0.90, 0.0, 0.0),
            (0.32, 0.03, 0.0, 0.3),
            (0.02, 0.03, 0.4, 0.0),
            (0.12, 0.03, 0.4, 0.1),
        ]
    ):
        now = 1001.0 + number
        theirs.received(ours.ack(0, now), now + there)
        way.received(theirs.ack(0, now + there + held))
        assert way.queueing == pytest.approx(expected, abs=1e-5), f"answer {number}, {back}"


def test_a_longer_route_is_the_usual_one_after_a_while() -> None:
    way = OneWayDelay()
    for number in range(1, 200):
        there = 20_000 if number < 20 else 150_000
        way.received(Ack(0, number * 500_000 + there, number * 500_000))
        if number == 20:
            assert way.queueing == pytest.approx(0.13)
    assert way.queueing == 0.0


def test_an_answer_without_an_echo_says_nothing() -> None:
    way = OneWayDelay()
    way.received(Ack(0, 5))
    assert way.queueing == 0.0
