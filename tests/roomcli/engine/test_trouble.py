"""Tests of a device's trouble: when it is told, and when the device is tried again."""

from __future__ import annotations

from roomcli.engine.trouble import MOST_PAUSE, PROOF, RETRY, RETRY_LATER, DeviceTrouble


def test_the_same_trouble_is_told_once_until_it_is_over() -> None:
    trouble = DeviceTrouble()
    told = [trouble.is_news(each) for each in ("", "", "gone", "gone", "busy", "", "busy")]
    assert told == [True, False, True, False, True, True, True]


def test_what_stops_again_and_again_is_tried_more_rarely_and_has_to_prove_itself() -> None:
    trouble = DeviceTrouble()
    assert trouble.proof == 0.0, "the first time is told at once"
    trouble.is_news("")
    pauses = []
    for _ in range(8):
        trouble.stopped(after=2.0)
        trouble.is_news("dead")
        pauses.append(trouble.pause)
        assert trouble.proof == max(PROOF, trouble.pause)
    assert pauses[:3] == [RETRY, 2 * RETRY, 4 * RETRY]
    assert pauses[-1] == MOST_PAUSE
    trouble.stopped(after=3600.0)
    assert trouble.pause == RETRY


def test_what_is_missing_is_found_within_ten_seconds_and_told_at_once() -> None:
    trouble = DeviceTrouble()
    trouble.stopped(after=2.0)
    trouble.is_news("pulled out")
    for _ in range(1000):
        trouble.missing()
        assert trouble.pause <= RETRY_LATER < 8.0
    assert trouble.proof == 0.0
