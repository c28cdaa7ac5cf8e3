"""Durations in words, rounded as the sentence around them needs it, and read from words."""

from __future__ import annotations

import pytest

from roomcli.protocol.durations import (
    clock,
    elapsed,
    in_full,
    parse_duration,
    remaining,
    rounded_up,
)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (7 * 86400 - 0.1, "7 d"),
        (7 * 86400 - 3600, "7 d"),
        (6 * 86400 + 3600, "6 d"),
        (2 * 86400 - 1, "2 d"),
        (86400 - 1, "24 h"),
        (5399.8, "90 min"),
        (3599.9, "1 h"),
        (59.6, "1 min"),
        (14.6, "15 s"),
        (-1, "0 s"),
    ],
)
def test_what_holds_for_a_time_is_told_to_the_nearest_unit(seconds: float, words: str) -> None:
    assert remaining(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (45, "45 s"), (60, "1 min"), (90, "1 min 30 s"), (5400, "1 h 30 min")],
)
def test_nothing_of_a_duration_that_somebody_chose_is_left_out(seconds: int, words: str) -> None:
    assert in_full(seconds) == words


def test_what_has_passed_is_told_in_whole_units() -> None:
    words = [elapsed(seconds) for seconds in (0, 59.9, 60, 3599, 7300)]
    assert words == ["0 s", "59 s", "1 min", "59 min", "2 h"]


def test_a_clock_has_hours_where_there_are_any() -> None:
    assert [clock(seconds) for seconds in (7.9, 160, 3723)] == ["0:07", "2:40", "1:02:03"]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "1 s"), (59, "59 s"), (59.5, "1 min"), (60, "1 min"), (61, "2 min"),
        (3541, "1 h"), (86400, "1 day"), (86401, "2 days"), (7 * 86400, "7 days"),
    ],
)  # fmt: skip
def test_durations_as_people_say_them(seconds: float, words: str) -> None:
    assert rounded_up(seconds) == words


def test_durations() -> None:
    typed = ("90", "45s", "10m", "10min", "2H", "3d", "1w", "0", "", "m", "-1", "1.5h", "2 h", "²")
    assert [parse_duration(text) for text in typed] == [
        *(90, 45, 600, 600, 7200, 259200, 604800, 0),
        *(None,) * 6,
    ]
