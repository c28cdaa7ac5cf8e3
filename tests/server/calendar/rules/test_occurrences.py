"""Tests of when things take place: series, daylight saving, leap days, exceptions."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime, timedelta
from itertools import islice

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from roomcli.errors import CommandRefused
from roomcli.protocol import commands as c
from roomcli.protocol.calendar import WEEKDAYS, Recurrence
from server.calendar.rules import last_end, next_occurrences, occurrence_on, occurrences
from server.calendar.rules.occurrences import days_of
from server.calendar.rules.times import exists, instant, is_zone, local_time

from .planning import DAY, NOW, PARIS, Planning, moment, monthly

ZONES = [
    PARIS,
    "America/New_York",
    "Australia/Lord_Howe",  # half an hour of daylight saving
    "Africa/Casablanca",  # daylight saving that follows Ramadan
    "Asia/Kathmandu",
    "Pacific/Apia",
    "UTC",
]


def test_every_first_tuesday_keeps_its_hour_over_daylight_saving() -> None:
    it = Planning()
    it.plan("2026-01-01T18:30", recurrence=monthly(1, "tu"))
    assert it.it.plan.start == "2026-01-06T18:30", "it begins with the first Tuesday"
    assert it.local_starts(200)[:6] == [
        f"{day}T18:30"
        for day in ("2026-01-06", "2026-02-03", "2026-03-03", "2026-04-07", "2026-05-05")
    ] + ["2026-06-02T18:30"]
    march, april = next_occurrences(it.it, NOW, 4)[2:]
    assert march.starts_at % DAY == 17.5 * 3600, "winter: an hour before UTC"
    assert april.starts_at % DAY == 16.5 * 3600, "summer: two"


def test_an_hour_that_is_skipped_is_an_hour_later_and_one_that_comes_twice_is_the_first() -> None:
    it = Planning()
    it.plan("2026-03-22T02:30", recurrence=Recurrence(every="week"))
    skipped = occurrence_on(it.it, "2026-03-29")
    assert skipped is not None
    assert local_time(skipped.starts_at, PARIS) == datetime(2026, 3, 29, 3, 30)
    assert skipped.ends_at - skipped.starts_at == 3600
    twice = occurrence_on(it.it, "2026-10-25")
    assert twice is not None
    assert twice.starts_at == moment("2026-10-25T01:30") + 3600
    assert local_time(twice.starts_at + 3600, PARIS).replace(fold=0) == twice.local


def test_nothing_is_planned_for_an_hour_or_a_day_that_is_not_there() -> None:
    it = Planning()
    no_year = ("0000-01-01T18:30", "0001-01-01T00:00", "9999-12-31T23:59")
    for start in ("2026-03-29T02:30", "2026-02-29T18:30", "2026-04-31T18:30", *no_year):
        command = c.PlanEvent(title="Talks", start=start, zone=PARIS)
        assert it.refused("ann", command) == "no_such_time"
    it.plan("2028-02-29T18:30")
    assert it.local_starts(1000) == ["2028-02-29T18:30"]


def test_a_month_without_the_day_is_left_out() -> None:
    it = Planning()
    it.plan("2027-12-29T18:30", recurrence=Recurrence(every="month"))
    days = [each[5:10] for each in it.local_starts(1300)]
    assert days[:4] == ["12-29", "01-29", "02-29", "03-29"], "2028 is a leap year"
    assert "02-29" not in days[4:]
    it.plan("2026-01-31T18:30", recurrence=Recurrence(every="month"))
    assert [each[5:7] for each in it.local_starts(360)] == ["01", "03", "05", "07", "08", "10"]


def test_the_fifth_and_the_last_weekday_of_a_month() -> None:
    it = Planning()
    it.plan("2026-01-01T18:30", recurrence=monthly(5, "fr"))
    assert [each[5:10] for each in it.local_starts(250)] == ["01-30", "05-29", "07-31"]
    it.plan("2026-01-01T18:30", recurrence=monthly(-1, "fr"))
    assert [each[5:10] for each in it.local_starts(120)] == ["01-30", "02-27"]


def test_a_series_that_ends_after_so_many_times_ends_with_that_day() -> None:
    it = Planning()
    rule = Recurrence(every="week", interval=2, weekdays=("we", "mo"), count=5)
    it.plan("2026-01-06T18:30", recurrence=rule)
    assert it.it.plan.recurrence == Recurrence(
        every="week", interval=2, weekdays=("we", "mo"), until="2026-02-04"
    )
    days = [each[5:10] for each in it.local_starts()]
    assert days == ["01-07", "01-19", "01-21", "02-02", "02-04"]
    assert last_end(it.it) == moment("2026-02-04T19:30")


def test_a_series_is_over_with_its_last_time_and_not_with_the_day_that_ends_it() -> None:
    it = Planning()
    it.plan("2026-01-01T18:30", recurrence=monthly(5, "tu", until="2027-03-01"))
    assert last_end(it.it) == moment("2026-12-29T19:30")
    it.give("ann", c.CancelEvent(event=it.it.id, version=1, day="2026-12-29"))
    assert last_end(it.it) == moment("2026-12-29T19:30"), "whoever looks is told of it"
    it.give(
        "ann",
        c.MoveOccurrence(event=it.it.id, version=2, day="2026-12-29", start="2026-08-01T18:30"),
    )
    assert last_end(it.it) == moment("2026-09-29T19:30")


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        (Recurrence(every="day", weekdays=("mo",)), "bad_recurrence"),
        (Recurrence(every="week", nth=1), "bad_recurrence"),
        (Recurrence(every="month", nth=1), "bad_recurrence"),
        (Recurrence(every="month", nth=0, weekdays=("mo",)), "bad_recurrence"),
        (Recurrence(every="month", weekdays=("mo",)), "bad_recurrence"),
        (Recurrence(every="month", nth=1, weekdays=("mo", "tu")), "bad_recurrence"),
        (Recurrence(every="day", until="2026-03-01", count=2), "bad_recurrence"),
        (Recurrence(every="day", until="2026-02-30"), "no_such_time"),
        (Recurrence(every="day", until="9999-12-31"), "no_such_time"),
        (Recurrence(every="day", until="2026-01-05"), "no_occurrence"),
        (Recurrence(every="month", nth=5, weekdays=("mo",), until="2026-01-10"), "no_occurrence"),
    ],
)
def test_a_rule_that_does_not_fit_together_is_refused(rule: Recurrence, code: str) -> None:
    command = c.PlanEvent(title="Talks", start="2026-01-06T18:30", zone=PARIS, recurrence=rule)
    assert Planning().refused("ann", command) == code


@pytest.mark.parametrize("zone", ["Europe/Pari", "localtime", "posixrules", "../etc", "Factory"])
def test_a_zone_that_is_none_is_refused(zone: str) -> None:
    assert not is_zone(zone)
    command = c.PlanEvent(title="Talks", start="2026-01-06T18:30", zone=zone)
    assert Planning().refused("ann", command) == "no_such_zone"


def test_one_time_is_moved_or_cancelled_and_the_others_stay() -> None:
    it = Planning()
    it.plan(recurrence=Recurrence(every="week", count=4))
    it.give("ann", c.MoveOccurrence(**it.based(), day="2026-01-13", start="2026-01-22T08:00"))
    it.give("ann", c.CancelEvent(**it.based(), day="2026-01-27", notice="holidays"))
    assert it.local_starts() == [
        "2026-01-06T18:30",
        "2026-01-20T18:30",
        "2026-01-22T08:00",
        "(2026-01-27T18:30)",
    ]
    assert [each.day for each in next_occurrences(it.it, NOW, 9)] == [
        "2026-01-06",
        "2026-01-20",
        "2026-01-13",
        "2026-01-27",
    ], "the day of a series stays its name"
    it.give("ann", c.MoveOccurrence(**it.based(), day="2026-01-27", start="2026-01-28T18:30"))
    assert it.local_starts()[-1] == "2026-01-28T18:30", "it takes place after all"
    it.replay()


def test_a_time_can_be_moved_out_of_its_series_at_either_end() -> None:
    it = Planning()
    it.plan(recurrence=Recurrence(every="week", count=2))
    it.give("ann", c.MoveOccurrence(**it.based(), day="2026-01-13", start="2026-03-01T10:00"))
    it.give("ann", c.MoveOccurrence(**it.based(), day="2026-01-06", start="2025-12-24T10:00"))
    assert it.local_starts() == ["2025-12-24T10:00", "2026-03-01T10:00"]
    assert last_end(it.it) == moment("2026-03-01T11:00")


rules = st.one_of(
    st.builds(Recurrence, every=st.just("day"), interval=st.integers(1, 9)),
    st.builds(
        Recurrence,
        every=st.just("week"),
        interval=st.integers(1, 5),
        weekdays=st.lists(st.sampled_from(WEEKDAYS), unique=True).map(tuple),
    ),
    st.builds(Recurrence, every=st.just("month"), interval=st.integers(1, 5)),
    st.builds(
        monthly,
        st.sampled_from([1, 2, 3, 4, 5, -1]),
        st.sampled_from(WEEKDAYS),
        interval=st.integers(1, 4),
    ),
)
days = st.dates(date(2026, 1, 1), date(2029, 12, 31))


@settings(max_examples=100, deadline=None)
@given(rules, days, st.integers(0, 900))
def test_a_series_is_the_same_from_wherever_one_looks(
    rule: Recurrence, first: date, later: int
) -> None:
    since = first + timedelta(days=later)
    all_of_it = (each for each in days_of(first, rule, first) if each >= since)
    assert list(islice(days_of(first, rule, since), 3)) == list(islice(all_of_it, 3))


@settings(max_examples=50, deadline=None)
@given(rules, days, st.integers(0, 2000))
def test_the_last_time_of_a_series_is_the_last_of_all(
    rule: Recurrence, first: date, later: int
) -> None:
    it = Planning()
    until = (first + timedelta(days=later)).isoformat()
    command = c.PlanEvent(
        title="Talks", start=f"{first}T12:00", zone="UTC", recurrence=replace(rule, until=until)
    )
    with suppress(CommandRefused):  # of a series without a day
        it.give("ann", command)
    assume(it.event is not None)
    assert last_end(it.it) == list(occurrences(it.it, NOW, NOW + 10_000 * DAY))[-1].ends_at


@settings(max_examples=100, deadline=None)
@given(rules, days, st.times(), st.sampled_from(ZONES))
def test_whatever_the_rule_and_the_zone_the_hour_on_the_wall_stays(
    rule: Recurrence, first: date, time: object, zone: str
) -> None:
    start = f"{first.isoformat()}T{time!s:.5}"
    it = Planning()
    command = c.PlanEvent(title="Talks", start=start, zone=zone, recurrence=rule)
    with suppress(CommandRefused):  # of a first time that daylight saving skips
        it.give("ann", command)
    assume(it.event is not None)
    found = next_occurrences(it.it, NOW, 30)
    assert found
    for each in found:
        wall = local_time(each.starts_at, zone).replace(fold=0)
        assert each.local.strftime("%H:%M") == start[11:]
        assert wall == each.local or not exists(each.local, zone)
        assert occurrence_on(it.it, each.day) == each
        assert each in occurrences(it.it, each.starts_at, each.starts_at + 1)
        assert each not in occurrences(it.it, each.ends_at, each.ends_at + 1)
    assert [each.starts_at for each in found] == sorted({each.starts_at for each in found})


def test_a_moment_is_what_the_zone_says() -> None:
    noon = datetime(2026, 7, 1, 12)
    assert instant(noon, "Asia/Kathmandu") == instant(noon, "UTC") - (5 * 3600 + 45 * 60)
