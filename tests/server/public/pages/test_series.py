"""Tests of how a series is told in words."""

from __future__ import annotations

from datetime import date

import pytest

from roomcli.protocol.calendar import Recurrence
from server.public.pages.series import repeats

TUESDAY = date(2026, 12, 1)


@pytest.mark.parametrize(
    ("recurrence", "words"),
    [
        (None, ""),
        (Recurrence(every="day"), "Every day"),
        (Recurrence(every="day", interval=2), "Every 2 days"),
        (Recurrence(every="week"), "Every Tuesday"),
        (Recurrence(every="week", weekdays=("tu", "th")), "Every Tuesday and Thursday"),
        (
            Recurrence(every="week", interval=2, weekdays=("mo", "tu", "we")),
            "Every 2 weeks on Monday, Tuesday and Wednesday",
        ),
        (Recurrence(every="month", nth=1, weekdays=("tu",)), "Every first Tuesday of the month"),
        (Recurrence(every="month", nth=-1), "Every last Tuesday of the month"),
        (Recurrence(every="month", interval=3, nth=2), "Every 3 months on the second Tuesday"),
        (Recurrence(every="month"), "Every month on day 1"),
        (Recurrence(every="week", until="2027-03-02"), "Every Tuesday, until 2 March 2027"),
    ],
)
def test_a_series_is_told_as_people_say_it(recurrence: Recurrence | None, words: str) -> None:
    assert repeats(recurrence, TUESDAY) == words
