"""Tests of series of events, as they are typed and said."""

from __future__ import annotations

import pytest

from roomcli.frontends.grammar.series import parse_series
from roomcli.frontends.words.series_words import series_words
from roomcli.protocol.calendar import Recurrence


@pytest.mark.parametrize(
    ("text", "rule", "said"),
    [
        ("weekly", Recurrence(every="week"), "every week"),
        ("every day", Recurrence(every="day"), "every day"),
        ("Every 2 Weeks", Recurrence(every="week", interval=2), "every 2 weeks"),
        (
            "every first tuesday",
            Recurrence(every="month", nth=1, weekdays=("tu",)),
            "every first Tuesday",
        ),
        (
            "last fri until 2027-06-30",
            Recurrence(every="month", nth=-1, weekdays=("fr",), until="2027-06-30"),
            "every last Friday until 2027-06-30",
        ),
        (
            "mondays, wednesdays and fridays",
            Recurrence(every="week", weekdays=("mo", "we", "fr")),
            "every Monday and Wednesday and Friday",
        ),
        ("monthly 6 times", Recurrence(every="month", count=6), "every month 6 times"),
    ],
)
def test_a_series_is_read_and_said_in_words_that_can_be_typed(
    text: str, rule: Recurrence, said: str
) -> None:
    assert parse_series(text) == rule
    assert series_words(rule) == said
    assert parse_series(said) == rule


@pytest.mark.parametrize(
    "text",
    [
        "",
        "every",
        "sometimes",
        "every 0 days",
        "every 100 days",
        "every t",
        "every sixth monday",
        "every first monday tuesday",
        "weekly until tomorrow",
        "weekly 521 times",
        "weekly 3 times until 2027-01-01",
        "and",
    ],
)
def test_what_is_no_series_is_none(text: str) -> None:
    assert parse_series(text) is None


def test_what_only_a_program_can_plan_is_said_too() -> None:
    rule = Recurrence(every="month", interval=2, nth=1, weekdays=("mo",))
    assert series_words(rule) == "every first Monday of every 2 months"
    rule = Recurrence(every="week", interval=2, weekdays=("mo", "tu"))
    assert series_words(rule) == "every 2 weeks on Monday and Tuesday"
