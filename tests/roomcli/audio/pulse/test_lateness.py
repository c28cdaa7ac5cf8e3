"""Tests of how callbacks' lateness is counted."""

from __future__ import annotations

import pytest

from roomcli.audio.pulse.lateness import Lateness


def test_it_is_how_much_longer_than_usual_the_one_before_was_ago() -> None:
    lateness = Lateness()
    moment = 100.0
    lateness.note_call(moment)
    for number in range(1000):
        moment += 0.005 + (0.040 if number == 500 else 0.0)
        late = lateness.note_call(moment)
        assert late == pytest.approx(0.040 if number == 500 else 0.0, abs=0.001)
    assert lateness.quantile(0.99) == 0
    assert lateness.quantile(1.0) in (39, 40)


def test_a_pause_of_the_stream_is_not_late_and_too_early_is_in_time() -> None:
    lateness = Lateness()
    for moment in (10.0, 10.005, 10.006):
        lateness.note_call(moment)
    lateness.pause()
    assert lateness.note_call(20.0) == 0.0
    assert lateness.quantile(1.0) == 0


def test_what_is_later_than_can_be_counted_is_counted_as_the_latest() -> None:
    lateness = Lateness()
    for moment in (10.0, 10.005, 99.0):
        lateness.note_call(moment)
    assert lateness.quantile(1.0) == 250


def test_without_a_callback_none_is_late() -> None:
    assert Lateness().quantile(0.999) == 0
