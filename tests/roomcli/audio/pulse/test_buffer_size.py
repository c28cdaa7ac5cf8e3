"""Tests of how much sound a stream asks a sound server to hold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomcli.audio.pulse.buffer_size import (
    CALM,
    IDLE,
    IN_TIME,
    LEAST,
    LONGEST_CALM,
    MOST,
    QUIET,
    SETTLE,
    BufferSize,
)


def test_it_grows_when_the_stream_ran_dry_twice_within_a_minute() -> None:
    size = BufferSize()
    assert not size.run_dry(10.0)
    assert size.run_dry(65.0)
    grown = size.seconds
    assert grown > LEAST
    assert not size.run_dry(65.0 + SETTLE / 2), "the new buffer is not full yet"
    assert not size.run_dry(70.0)
    assert not size.run_dry(70.0 + 61.0), "once a minute is borne"
    assert size.seconds == grown


def test_it_grows_at_once_on_a_busy_machine() -> None:
    size = BufferSize()
    size.note_lateness(2 * IN_TIME, 10.0)
    assert size.run_dry(10.0 + QUIET / 2)
    size.note_lateness(IN_TIME / 2, 20.0)
    assert not size.run_dry(20.0), "that was in time"


def test_running_dry_at_the_beginning_or_on_the_way_to_another_card_does_not_count() -> None:
    size = BufferSize()
    for moment in (100.0, 130.0):
        size.settle(moment)
        assert not size.run_dry(moment + SETTLE / 2)
    assert not size.run_dry(140.0)
    size.settle(141.0)
    assert not size.run_dry(150.0), "the other card has a count of its own"


def test_there_is_an_end_to_growing() -> None:
    size = BufferSize()
    for moment in range(1, 100):
        size.run_dry(float(moment))
    assert size.seconds == MOST
    assert not size.run_dry(200.0)


def test_one_stall_counts_once_however_long_it_is() -> None:
    size = BufferSize()
    assert not any(size.run_dry(10.0 + step / 100) for step in range(300))
    assert size.gaps == 1
    assert size.run_dry(20.0)
    assert size.gaps == 2


@pytest.mark.parametrize(("late", "first"), [(0.020, CALM), (0.001, QUIET)])
def test_less_is_tried_soon_and_then_with_patience(late: float, first: float) -> None:
    size, now = BufferSize(step=1), 10.0
    waits = []
    for _ in range(4):
        began = now
        while not size.relax(now):
            now += 0.1
            size.note_lateness(late, now)
        waits.append(now - began)
        now += 1.0
        assert size.run_dry(now), "one gap proves that it was too little"
    assert waits == pytest.approx([first, 2 * CALM, 4 * CALM, LONGEST_CALM], abs=0.2)


def test_what_was_too_little_is_not_tried_again_however_quiet_it_is() -> None:
    size, now = BufferSize(step=3), 10.0
    while size.grown > 1:
        now += 0.1
        size.relax(now)
    now += 1.0
    assert size.run_dry(now)
    ended = now
    while now < ended + CALM:
        now += 0.1
        assert not size.relax(now)
    assert size.grown == 2


def test_a_size_that_lasted_a_minute_bears_a_gap() -> None:
    size, now = BufferSize(step=1), 10.0
    while not size.relax(now):
        now += 0.1
    assert not size.run_dry(now + 61.0)


def test_what_it_grew_to_after_a_trial_bears_a_gap() -> None:
    size, now = BufferSize(step=1), 10.0
    while not size.relax(now):
        now += 0.1
    assert size.run_dry(now + 1.0)
    assert not size.run_dry(now + 5.0)


def test_less_than_the_least_is_never_asked_for() -> None:
    size = BufferSize()
    assert not any(size.relax(moment * 100.0) for moment in range(1, 50))


def test_ten_seconds_after_a_busy_time_little_is_held_again() -> None:
    size, now = BufferSize(), 10.0
    while size.grown < 4:
        now += 1.0
        size.run_dry(now)
    ended = now
    while size.grown:
        now += 0.005
        size.note_lateness(0.001, now)
        size.relax(now)
    assert now - ended < 10.0


def test_late_callbacks_keep_the_size() -> None:
    size, now = BufferSize(step=1), 10.0
    assert not size.relax(now)
    while now < 10.0 + CALM - 0.1:
        now += 0.1
        size.note_lateness(2 * IN_TIME, now)
        assert not size.relax(now)


def test_a_full_cpu_keeps_the_size() -> None:
    size, now = BufferSize(step=1), 10.0
    while now < 10.0 + CALM - 1.0:
        now += 0.5
        size.note_idleness(IDLE / 2, now)
        assert not size.relax(now)
    ended = now
    while not size.relax(now):
        now += 0.5
        size.note_idleness(0.5, now)
    assert now - ended < 2 * QUIET


@given(st.lists(st.tuples(st.floats(0, 100), st.booleans()), max_size=60))
def test_it_keeps_within_its_bounds(moments: list[tuple[float, bool]]) -> None:
    size, now = BufferSize(), 1.0
    for passed, dry in moments:
        now += passed
        changed = size.run_dry(now) if dry else size.relax(now)
        assert changed in (True, False)
        assert LEAST <= size.seconds <= MOST
