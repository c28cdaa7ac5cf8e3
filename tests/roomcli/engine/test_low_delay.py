"""Tests of the choice of little delay: over good links, and over at their first trouble."""

from __future__ import annotations

from roomcli.audio.delay import FIRST_GUESS
from roomcli.engine.low_delay import PAUSE, ROUND_TRIPS, LowDelayChoice, first_guess

GOOD = tuple(0.020 + 0.001 * (number % 3) for number in range(16))
JITTERY = tuple(0.020 + 0.015 * (number % 2) for number in range(16))


class Link:
    """A link that is looked at ten times a second."""

    def __init__(self) -> None:
        self.choice = LowDelayChoice()
        self.now = 0.0
        self.dropped = 0

    def look(
        self, round_trips: tuple[float, ...], seconds: float = 0.1, *, permitted: bool = True
    ) -> bool:
        """Look for so long at the same round trips; return the choice."""
        until = self.now + seconds
        while self.now < until:
            self.now += 0.1
            self.choice.look(
                permitted=permitted, round_trips=round_trips, dropped=self.dropped, now=self.now
            )
        return self.choice.is_on


def test_little_delay_is_chosen_over_a_link_that_was_steady_for_some_seconds() -> None:
    assert not Link().look(GOOD[: ROUND_TRIPS - 1])
    assert Link().look(GOOD[:ROUND_TRIPS])
    assert not Link().look(JITTERY, 10.0)
    assert not Link().look(tuple(each + 0.1 for each in GOOD), 10.0), "far away it is no gain"
    assert not Link().look((), 10.0)


def test_what_the_room_does_not_permit_is_not_chosen_and_ends() -> None:
    link = Link()
    assert not link.look(GOOD, 10.0, permitted=False)
    assert link.look(GOOD)
    assert not link.look(GOOD, permitted=False)
    assert link.look(GOOD), "the link was never bad"


def test_it_ends_at_the_first_late_round_trip_and_comes_back_after_a_pause() -> None:
    link = Link()
    assert link.look(GOOD)
    assert not link.look((*GOOD, 0.080))
    assert not link.look(GOOD, PAUSE - 1.0)
    assert link.look(GOOD, 2.0)


def test_it_ends_when_voice_is_dropped_or_the_connection_is_a_new_one() -> None:
    link = Link()
    assert link.look(GOOD)
    link.dropped += 1
    assert not link.look(GOOD)
    link = Link()
    assert link.look(GOOD)
    assert not link.look(())


def test_a_link_that_is_bad_again_and_again_is_trusted_later_each_time() -> None:
    link, waits = Link(), []
    for _ in range(4):
        began = link.now
        while not link.look(GOOD):
            pass
        waits.append(link.now - began)
        link.look(GOOD, 5.0)
        link.look((*GOOD, 0.080))
    assert waits[1] < waits[2] < waits[3]
    link.look(GOOD, 700.0)
    assert link.choice.is_on, "and is trusted again when it stays good"
    link.look((*GOOD, 0.080))
    assert not link.choice.is_on
    assert link.look(GOOD, PAUSE + 1.0)


def test_first_packets_are_supposed_to_be_late_where_round_trips_differ_or_nothing_is_known() -> (
    None
):
    assert first_guess(()) == first_guess(GOOD[:2]) == FIRST_GUESS
    assert first_guess(GOOD) < 0.010
    assert first_guess(GOOD) < first_guess(JITTERY) <= FIRST_GUESS
    assert first_guess((0.010, 0.500, 0.010)) == FIRST_GUESS
