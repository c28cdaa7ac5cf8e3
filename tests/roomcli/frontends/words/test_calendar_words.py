"""Tests of what is planned, in words."""

from __future__ import annotations

from base64 import b64encode
from time import gmtime
from typing import Any

import pytest
from msgspec.structs import replace

from roomcli.frontends.words.calendar_words import (
    calendar_lines,
    news_line,
    occurrence_line,
    reminder_line,
)
from roomcli.protocol import events as e
from roomcli.protocol.calendar import ListedAnswer, ListedOccurrence, Recurrence, ShownEvent
from roomcli.protocol.people import Person

ONE = ListedOccurrence(
    event="00112233aabbccdd",
    title="Rust talks",
    starts_at=1_796_146_200.0,
    ends_at=1_796_149_800.0,
    zone="Europe/Paris",
    room="rust",
    host="Ann",
    coming=3,
)
BEN = Person("ben1", "Ben")


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({}, "Tue 1 Dec 17:30  Rust talks · in rust · 3 come"),
        ({"coming": 1, "room": ""}, "Tue 1 Dec 17:30  Rust talks · 1 comes"),
        (
            {"capacity": 3, "waiting": 2, "answer": "yes", "place": 1},
            "Tue 1 Dec 17:30  Rust talks · in rust · 3 of 3 come, 2 wait"
            " · you wait for a seat, number 1",
        ),
        (
            {"moved": True, "answer": "maybe"},
            "Tue 1 Dec 17:30  Rust talks · moved · in rust · 3 come · perhaps you come",
        ),
        ({"cancelled": True}, "Tue 1 Dec 17:30  Rust talks · cancelled · in rust"),
        (
            {"part": "speaker"},
            "Tue 1 Dec 17:30  Rust talks · in rust · 3 come · you are asked to speak",
        ),
    ],
)
def test_a_line_of_a_list(fields: dict[str, Any], line: str) -> None:
    assert occurrence_line(replace(ONE, **fields), gmtime) == line


@pytest.mark.parametrize(
    ("kind", "part", "notice", "line"),
    [
        ("moved", None, "the hall is taken", "Rust talks is moved: {}: the hall is taken"),
        ("cancelled", None, "", "Rust talks ({}) is cancelled"),
        ("seat", None, "", "A seat is yours: Rust talks, {}"),
        ("asked", "invited", "", "You are asked to come: Rust talks, {}"),
        ("asked", "speaker", "", "You are asked to speak: Rust talks, {}"),
    ],
)
def test_news_says_what_happened_and_when_it_is(
    kind: Any, part: Any, notice: str, line: str
) -> None:
    news = e.EventNews(kind=kind, occurrence=replace(ONE, part=part), notice=notice)
    assert news_line(news, gmtime) == line.format("Tue 1 Dec 17:30")


def test_of_what_went_out_of_sight_the_news_says_only_when_it_was() -> None:
    gone = replace(ONE, title="", room="", host="", cancelled=True)
    line = news_line(e.EventNews(kind="cancelled", occurrence=gone), gmtime)
    assert line == "An event of yours (Tue 1 Dec 17:30) is cancelled"


def test_a_reminder_says_how_soon_and_where() -> None:
    soon = e.EventReminder(occurrence=ONE, seconds=899.0)
    assert reminder_line(soon) == "Rust talks begins in 15 min, in rust"
    now = e.EventReminder(occurrence=replace(ONE, room=""), seconds=0.0)
    assert reminder_line(now) == "Rust talks begins now"


def test_an_event_is_shown_with_its_people_and_next_times() -> None:
    shown = ShownEvent(
        id=ONE.event,
        version=3,
        title="Rust talks",
        agenda=("Welcome", "Talks"),
        start="2026-12-01T18:30",
        zone="Europe/Paris",
        minutes=60,
        recurrence=Recurrence(every="month", nth=1, weekdays=("tu",)),
        organisers=("ben1",),
        speakers=("gone",),
    )
    event = e.EventShown(shown=shown, upcoming=(ONE,), people={"ben1": BEN})
    assert list(calendar_lines(event, gmtime)) == [
        "Rust talks",
        "2026-12-01 18:30 Europe/Paris, 60 min, every first Tuesday",
        "  Welcome",
        "  Talks",
        "Organised by: Ben",
        "Speaking: gone",
        "Tue 1 Dec 17:30  Rust talks · in rust · 3 come",
        "Event 00112233aabbccdd, version 3",
    ]


@pytest.mark.parametrize(
    ("event", "lines"),
    [
        (e.EventsListed(of="week"), ["Nothing is planned"]),
        (
            e.EventsListed(of="mine", occurrences=(replace(ONE, day="2026-12-01"),), more="1 x"),
            [
                "00112233aabbccdd 2026-12-01  Tue 1 Dec 17:30  Rust talks · in rust · 3 come",
                'There is more: /list_events mine after="1 x"',
            ],
        ),
        (
            e.AnswersListed(
                seated=1,
                waiting=1,
                answers=(
                    ListedAnswer(person="ben1", answer="yes"),
                    ListedAnswer(person="cat1", answer="yes"),
                    ListedAnswer(person="dan1", answer="no"),
                ),
                people={"ben1": BEN},
            ),
            ["1 have a seat, 1 wait", "Ben: yes", "cat1: waits", "dan1: no"],
        ),
        (e.CalendarShown(remind=0), ["You are not reminded of events"]),
        (e.CalendarShown(remind=5), ["You are reminded 5 min before what you come to"]),
        (
            e.CalendarShown(remind=0, has_feed=True),
            ["You are not reminded of events", "Your calendar has an address for other programs"],
        ),
        (e.EventsExported(data=b64encode(b"A:1\r\nB:2\r\n").decode()), ["A:1", "B:2"]),
        (e.ThingHeld(kind="person", thing={}), []),
    ],
)
def test_answers_are_read_out(event: e.Event, lines: list[str]) -> None:
    assert list(calendar_lines(event, gmtime)) == lines
