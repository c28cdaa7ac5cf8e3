"""Tests of how often the audience of a large room is sent voice."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from server.rooms.tick import FITS, MOST_TICKS, TICK, AudienceTick


def after(tick: AudienceTick, took: float, rounds: int = 50) -> float:
    """Return the tick after rounds that took so long."""
    for _ in range(rounds):
        tick.note_round(took)
    return tick.seconds


def test_somebody_else_may_want_it_wider() -> None:
    tick = AudienceTick()
    tick.least = 2
    assert after(tick, 0.001) == 2 * TICK
    assert after(tick, 10.0) == MOST_TICKS * TICK
    tick.least = 1
    assert after(tick, 0.001) == TICK


def test_a_round_that_fits_changes_nothing() -> None:
    assert after(AudienceTick(), FITS * TICK * 0.99) == TICK


def test_it_is_as_wide_as_rounds_need_and_no_wider() -> None:
    tick = AudienceTick()
    assert after(tick, 1.2 * FITS * TICK) == 2 * TICK
    assert after(tick, 2.2 * FITS * TICK) == 3 * TICK
    assert after(tick, 10.0) == MOST_TICKS * TICK
    assert after(tick, 1.2 * FITS * TICK) == 2 * TICK
    assert after(tick, 0.001) == TICK


def test_a_part_of_the_audience_is_sent_voice_as_often_as_all_of_it_would_be() -> None:
    tick = AudienceTick()
    for _ in range(50):
        tick.note_round(0.9 * FITS * TICK / 4, share=1 / 4)
    assert tick.seconds == 2 * TICK


def test_one_late_round_is_no_reason() -> None:
    tick = AudienceTick()
    after(tick, 0.004)
    tick.note_round(2 * TICK)
    assert tick.seconds == TICK


@given(st.floats(0.0, 0.2))
def test_it_comes_to_rest(took: float) -> None:
    tick = AudienceTick()
    settled = after(tick, took, 200)
    for _ in range(200):
        tick.note_round(took)
        assert tick.seconds == settled
