"""Tests of the round trips of a voice: the middle, the worst, and what is lost."""

from __future__ import annotations

from roomcli.engine.round_trips import LOST_AFTER, RoundTrips


def test_trips_are_measured_from_each_frame_to_its_own_return() -> None:
    assert RoundTrips().middle_ms is None
    trips = RoundTrips()
    for number, seconds in enumerate((0.030, 0.050, 0.040)):
        trips.sent(number, 1.0 + number)
        assert trips.came_back(number, 1.0 + number + seconds)
    assert (trips.middle_ms, trips.worst_ms) == (40.0, 50.0)
    assert (trips.back, trips.lost) == (3, 0)


def test_what_nobody_sent_or_what_comes_twice_is_no_return() -> None:
    trips = RoundTrips()
    trips.sent(7, 1.0)
    assert not trips.came_back(8, 1.1)
    assert trips.came_back(7, 1.1)
    assert not trips.came_back(7, 1.2)
    assert trips.back == 1


def test_a_frame_that_stays_out_is_lost() -> None:
    trips = RoundTrips()
    trips.sent(1, 1.0)
    trips.sent(2, 1.0 + LOST_AFTER)
    assert trips.lost == 0
    trips.sent(3, 1.1 + LOST_AFTER)
    assert trips.lost == 1
    assert not trips.came_back(1, 1.2 + LOST_AFTER)
