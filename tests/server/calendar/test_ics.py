"""Tests of iCalendar files, read back by a library that did not write them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import vobject
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from roomcli.errors import CommandRefused
from roomcli.protocol import commands as c
from roomcli.protocol.calendar import Recurrence
from server.calendar.ics import event_file, feed_file
from server.calendar.rules import CalendarEvent, next_occurrences

from .rules.planning import NOW, PARIS, Planning, moment, monthly
from .rules.test_occurrences import ZONES, days, rules

URL = "https://rooms.example.org"


def read(written: bytes) -> Any:
    """Return the calendar that a file holds, by vobject."""
    assert b"\r\n" in written
    assert all(len(line) <= 75 for line in written.split(b"\r\n")), "long lines are folded"
    return vobject.readOne(written.decode())


def parts(written: bytes) -> list[Any]:
    """Return the events of a file."""
    found: list[Any] = read(written).contents.get("vevent", [])
    return found


def names(component: Any) -> set[str]:
    """Return the names of an event's properties."""
    return set(component.contents)


def test_one_event_is_read_back_as_it_was_planned() -> None:
    it = Planning()
    it.plan(agenda=("Welcome; all, of you", "Talks\\talk"), room="rust-talks", minutes=90)
    written = event_file(it.it, URL)
    calendar = read(written)
    assert calendar.method.value == "PUBLISH"
    event = calendar.vevent
    assert event.summary.value == "Talks"
    assert event.description.value == (
        "Welcome; all, of you\nTalks\\talk\nhttps://rooms.example.org/r/rust-talks"
    )
    assert event.dtstart.value.replace(tzinfo=None) == datetime(2026, 1, 6, 18, 30)
    assert event.dtstart.value.timestamp() == moment("2026-01-06T18:30")
    assert event.dtend.value - event.dtstart.value == timedelta(minutes=90)
    assert (event.uid.value, event.sequence.value) == (f"{it.it.id}@roomcli", "1")
    assert event.status.value == "CONFIRMED"
    assert event.url.value == f"{URL}/e/{it.it.id}"
    assert calendar.vtimezone.tzid.value == PARIS


def test_a_change_keeps_the_uid_and_raises_the_sequence() -> None:
    it = Planning()
    it.plan()
    before = parts(event_file(it.it, URL))[0]
    it.change(start="2026-01-07T18:30")
    it.answer("ben")
    after = parts(event_file(it.it, URL))[0]
    assert before.uid.value == after.uid.value
    assert (before.sequence.value, after.sequence.value) == ("1", "2")
    it.give("ann", c.CancelEvent(**it.based(), notice="no speaker"))
    calendar = read(event_file(it.it, URL))
    assert calendar.method.value == "CANCEL"
    assert calendar.vevent.status.value == "CANCELLED"
    assert calendar.vevent.sequence.value == "3"
    assert calendar.vevent.description.value == "no speaker"


def test_times_that_are_moved_or_cancelled_name_the_time_that_they_replace() -> None:
    it = Planning()
    it.plan(recurrence=Recurrence(every="week", count=3))
    it.give("ann", c.MoveOccurrence(**it.based(), day="2026-01-13", start="2026-01-14T09:00"))
    it.give("ann", c.CancelEvent(**it.based(), day="2026-01-20"))
    main, moved, cancelled = parts(event_file(it.it, URL))
    assert "recurrence-id" not in names(main)
    assert main.rrule.value == "FREQ=WEEKLY;UNTIL=20260120T173000Z"
    for part, day, start in ((moved, 13, (14, 9, 0)), (cancelled, 20, (20, 18, 30))):
        assert part.contents["recurrence-id"][0].value.replace(tzinfo=None) == datetime(
            2026, 1, day, 18, 30
        )
        assert part.dtstart.value.replace(tzinfo=None) == datetime(2026, 1, *start)
        assert part.uid.value == main.uid.value
    assert (moved.status.value, cancelled.status.value) == ("CONFIRMED", "CANCELLED")


def test_what_went_out_of_sight_is_cancelled_without_a_word_of_it() -> None:
    it = Planning()
    it.plan(agenda=("secret plan",), room="secret-room")
    it.change(visibility="private", title="Secret title", notice="secret notice")
    gone = it.it.withdrawn["public"]
    written = feed_file("Rust", [], URL, [(it.it, gone)])
    (part,) = parts(written)
    assert names(part) == {"uid", "sequence", "dtstamp", "dtstart", "dtend", "status"}
    assert part.status.value == "CANCELLED"
    assert b"secret" not in written.lower()
    assert b"Talks" not in written


@pytest.mark.parametrize("url", ["http://rooms.example.org", "", "javascript:alert(1)"])
def test_there_are_no_links_but_by_https(url: str) -> None:
    it = Planning()
    it.plan(room="rust-talks")
    (part,) = parts(event_file(it.it, url))
    assert not {"url", "conference"} & names(part)
    assert part.location.value == "room rust-talks"


def test_nothing_tells_who_comes_or_was_invited() -> None:
    it = Planning()
    it.known |= {"benjamin", "catherine", "danielle"}
    it.plan(speakers=("benjamin",), invited=("catherine",))
    it.answer("danielle")
    written = feed_file("Mine", [it.it], URL)
    for name in (b"benjamin", b"catherine", b"danielle", b"ATTENDEE", b"ORGANIZER"):
        assert name not in written


hostile = st.text(
    st.sampled_from('ab\r\n\x00\x1b\x85\u2028\u202e:;,\\"\t=') | st.characters(), max_size=40
)


@settings(max_examples=60, deadline=None)
@given(hostile, hostile, hostile)
def test_no_text_becomes_a_line_of_its_own(title: str, agenda: str, notice: str) -> None:
    """Text that a damaged store could hold, or a rule that let something through."""
    it = Planning()
    it.plan()
    text = f"{title}\r\nATTACH:https://evil.example\nBEGIN:VALARM"
    plan = replace(it.it.plan, title=text, agenda=(agenda, text))
    event = replace(it.it, plan=plan, notice=notice)
    written = feed_file(text, [event], URL)
    (part,) = parts(written)
    assert not {"attach", "valarm"} & names(part)
    assert "\n" not in part.summary.value
    assert "\r" not in part.summary.value + part.description.value
    controls = {character for character in written.decode() if ord(character) < 32}
    assert controls <= {"\r", "\n"}


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(rules, days, st.times(), st.sampled_from(ZONES))
def test_another_reader_finds_the_same_times(
    rule: Recurrence, first: Any, time: Any, zone: str
) -> None:
    it = Planning()
    start = f"{first.isoformat()}T{time!s:.5}"
    wish = c.PlanEvent(title="Talks", start=start, zone=zone, recurrence=rule)
    try:
        it.give("ann", wish)
    except CommandRefused:
        assume(False)
    (part,) = parts(event_file(it.it, URL))
    found = part.getrruleset(addRDate=True)
    theirs = [each.replace(tzinfo=None) for _, each in zip(range(12), found, strict=False)]
    assert theirs == [each.local for each in next_occurrences(it.it, NOW, 12)]


def test_a_feed_of_many_is_read_whole() -> None:
    events: list[CalendarEvent] = []
    for number in range(40):
        it = Planning()
        it.plan(zone=ZONES[number % len(ZONES)], recurrence=monthly(1, "tu"))
        events.append(replace(it.it, id=f"{number:016x}"))
    calendar = read(feed_file("Rust", events, URL))
    assert len({each.uid.value for each in calendar.contents["vevent"]}) == 40
    zones = {each.tzid.value for each in calendar.contents["vtimezone"]}
    assert zones == set(ZONES) - {"UTC"}
    assert calendar.contents["x-wr-calname"][0].value == "Rust"
