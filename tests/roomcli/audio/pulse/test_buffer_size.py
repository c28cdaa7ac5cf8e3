"""Tests of how much sound a stream asks a sound server to hold."""

from __future__ import annotations

from roomcli.audio.pulse.buffer_size import LEAST, MOST, SETTLE, BufferSize


def test_it_grows_when_the_stream_ran_dry_twice_within_a_minute() -> None:
    size = BufferSize()
    assert not size.run_dry(10.0)
    assert size.run_dry(65.0)
    assert size.seconds == 2 * LEAST
    assert not size.run_dry(65.0 + SETTLE / 2), "the new buffer is not full yet"
    assert not size.run_dry(70.0)
    assert not size.run_dry(70.0 + 61.0), "once a minute is borne"
    assert size.seconds == 2 * LEAST


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
    assert size.run_dry(20.0)
