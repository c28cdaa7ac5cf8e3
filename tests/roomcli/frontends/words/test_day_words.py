"""Tests of how days and hours are named, and what the page of an event says by them."""

from __future__ import annotations

from time import gmtime, struct_time

from msgspec.structs import replace

from roomcli.frontends.words.day_words import day_words, span_words
from roomcli.frontends.words.event_facts import event_facts, is_on
from roomcli.protocol import events as e
from roomcli.protocol.calendar import ListedOccurrence, Recurrence, ShownEvent
from roomcli.protocol.people import Person

START = 1_796_146_200.0
"""Tuesday 1 December 2026, 17:30 UTC, which is 18:30 in Paris."""
HOUR, DAY = 3600.0, 86400.0
EVENT = ShownEvent(
    id="00112233aabbccdd",
    version=1,
    title="Rust talks",
    start="2026-12-01T18:30",
    zone="Europe/Paris",
    minutes=90,
    room="rust",
    speakers=("b" * 16,),
    asked=("c" * 16,),
)
ONCE = ListedOccurrence(
    event=EVENT.id,
    title=EVENT.title,
    starts_at=START,
    ends_at=START + 1.5 * HOUR,
    zone=EVENT.zone,
    capacity=20,
)


def paris(at: float) -> struct_time:
    """Return the winter time of Paris."""
    return gmtime(at + HOUR)


def told(
    event: ShownEvent = EVENT, one: ListedOccurrence | None = ONCE, now: float = START - DAY
) -> dict[str, str]:
    """Return the facts of an event by their labels; lines that go on are joined."""
    upcoming = (one,) if one is not None else ()
    shown = e.EventShown(
        shown=event, upcoming=upcoming, people={"b" * 16: Person("b" * 16, "Ben Okafor")}
    )
    facts: dict[str, str] = {}
    for label, text in event_facts(shown, "", now, gmtime):
        facts[label or [*facts][-1]] = text if label else f"{[*facts.values()][-1]}; {text}"
    return facts


def test_days_near_now_are_named_by_words() -> None:
    assert day_words(START, START - HOUR, gmtime) == "Today"
    assert day_words(START, START - DAY, gmtime) == "Tomorrow"
    assert day_words(START, START - 2 * DAY, gmtime) == "Tuesday 1 December"
    assert day_words(START, START + 60 * DAY, gmtime) == "Tuesday 1 December 2026"
    assert day_words(START + 6 * HOUR, START, gmtime) == "Today"
    assert day_words(START + 6 * HOUR, START, paris) == "Tomorrow", (
        "each reader has days of their own"
    )
    assert span_words(START, START + HOUR, START, gmtime) == "Today 17:30-18:30"
    assert span_words(START, START + 7 * HOUR, START, gmtime) == "Today 17:30 to Tomorrow 00:30"


def test_the_time_is_the_readers_and_that_of_the_event_where_it_differs() -> None:
    assert told()["When"].startswith("Tomorrow 17:30-19:00")
    assert told()["When"].endswith("; 18:30 in Europe/Paris")
    at_home = replace(EVENT, start="2026-12-01T17:30", zone="UTC")
    assert "UTC" not in told(at_home)["When"].partition(";")[2]
    assert told(EVENT, None)["When"] == "2026-12-01 18:30 in Europe/Paris, over"
    cancelled = replace(EVENT, cancelled=True, notice="No hall")
    assert told(cancelled, None)["When"] == "2026-12-01 18:30 in Europe/Paris"
    assert told(cancelled, None)["News"] == "No hall"


def test_people_are_told_by_what_they_agreed_to() -> None:
    facts = told()
    assert (facts["Speaking"], facts["Asked"]) == ("Ben Okafor", "c" * 16)
    assert facts["You"] == "you have not said whether you come"
    assert told(EVENT, replace(ONCE, answer="yes", place=3))["You"] == (
        "you wait for a seat, number 3"
    )


def test_of_a_series_the_seats_and_answers_are_those_of_its_days() -> None:
    facts = told(replace(EVENT, recurrence=Recurrence(every="week"), capacity=20))
    assert facts["Repeats"] == "every week"
    assert facts["Seats"] == "20 each time"
    assert "You" not in facts


def test_its_room_is_on_from_when_organisers_may_open_it_to_the_end() -> None:
    assert told()["Room"] == "rust, for organisers from 17:15 on"
    assert told(now=START)["Room"] == "rust, now"
    moments = [START - 901, START - 900, START + 1.5 * HOUR - 1, START + 1.5 * HOUR]
    assert [is_on(ONCE, now) for now in moments] == [False, True, True, False]
    assert not is_on(replace(ONCE, cancelled=True), START)
