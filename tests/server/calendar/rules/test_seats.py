"""Tests of seats: never more than there are, and who waits is served in order."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roomcli.errors import CommandRefused
from roomcli.protocol import commands as c
from roomcli.protocol.calendar import Recurrence

from .planning import Planning, monthly

WEEKLY = Recurrence(every="week")


def test_who_gives_up_a_seat_gives_it_to_the_first_who_waits() -> None:
    it = Planning()
    it.plan(capacity=2)
    for person in ("ben", "cat", "dan", "eve"):
        it.answer(person)
    assert it.seats() == ("ben cat", "dan eve")
    it.answer("ben", "no")
    assert it.seats() == ("cat dan", "eve")
    assert it.news() == [("dan", "seat")]
    it.answer("ben")
    assert it.seats() == ("cat dan", "eve ben"), "who comes back waits at the end"
    it.answer("dan", "maybe")
    assert it.seats() == ("cat eve", "ben")


def test_saying_yes_again_keeps_the_place() -> None:
    it = Planning()
    it.plan(capacity=1)
    for person in ("ben", "cat", "dan", "cat"):
        it.answer(person)
    assert it.seats() == ("ben", "cat dan")


def test_more_seats_go_to_who_waits_and_of_fewer_the_last_to_ask_lose_theirs() -> None:
    it = Planning()
    it.plan(capacity=1)
    for person in ("ben", "cat", "dan"):
        it.answer(person)
    it.change(capacity=2)
    assert it.seats() == ("ben cat", "dan")
    assert ("cat", "seat") in it.news()
    it.change(capacity=1)
    assert it.seats() == ("ben", "cat dan"), "the first who waits, next time"
    assert ("cat", "seat_lost") in it.news()
    it.change(capacity=0)
    assert it.seats() == ("ben cat dan", "")
    it.replay()


def test_speakers_and_organisers_take_no_seat() -> None:
    it = Planning()
    it.plan(capacity=1, speakers=("ben",))
    for person in ("ann", "ben", "cat"):
        it.answer(person)
    assert it.seats() == ("cat", "")


def test_a_seat_that_is_freed_on_one_day_is_freed_on_that_day_only() -> None:
    it = Planning()
    it.plan(recurrence=WEEKLY, capacity=1)
    it.answer("ben")
    it.answer("cat", "yes", "2026-01-13")
    it.answer("dan")
    assert it.seats("2026-01-13") == ("ben", "cat dan")
    it.answer("ben", "no", "2026-01-13")
    assert [(each.person, each.kind, each.occurrence.day) for each in it.told] == [
        ("cat", "seat", "2026-01-13")
    ]
    assert it.seats("2026-01-06") == it.seats("2026-01-20") == ("ben", "dan")
    it.answer("ben", "no")
    assert it.seats("2026-01-13") == ("cat", "dan")
    assert it.news() == [("dan", "seat")], "told once, of the next time"


def test_who_may_not_know_of_it_any_more_has_no_seat() -> None:
    it = Planning()
    it.plan(capacity=1, invited=("cat",))
    for person in ("ben", "cat"):
        it.answer(person)
    it.change(visibility="private")
    assert it.seats() == ("cat", "")
    assert it.news() == [("ben", "cancelled"), ("cat", "changed"), ("cat", "seat")]
    ben = it.told[0]
    assert (ben.event.plan.visibility, ben.notice) == ("public", ""), "as Ben knew it"


people = st.sampled_from(["ben", "cat", "dan", "eve", "meg"])
acts = st.one_of(
    st.tuples(people, st.sampled_from(["yes", "yes", "no", "maybe"])),
    st.tuples(st.just("capacity"), st.integers(0, 4)),
)


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 3), st.lists(acts, max_size=30))
def test_the_list_is_served_in_the_order_of_asking(
    capacity: int, script: list[tuple[str, Any]]
) -> None:
    """Compare with a queue: who asks goes to its end, who gives up goes out of it."""
    it, queue = Planning(), list[str]()
    it.plan(capacity=capacity)
    for who, what in script:
        before = it.seats()
        if who == "capacity":
            it.change(capacity=what)
            capacity = what
        else:
            it.answer(who, what)
            if what != "yes" and who in queue:
                queue.remove(who)
            elif what == "yes" and who not in queue:
                queue.append(who)
        seats = capacity or len(queue)
        assert it.seats() == (" ".join(queue[:seats]), " ".join(queue[seats:]))
        gained = {each for each in it.seats()[0].split() if each in before[1].split()}
        if it.told:
            assert {person for person, kind in it.news() if kind == "seat"} <= gained
        left = before[1].split()
        for number, person in enumerate(left):
            if person in gained:
                assert all(each in gained or each == who for each in left[:number])
    it.replay()


DAYS = ["2026-01-06", "2026-02-03", "2026-03-03"]
days = st.sampled_from([None, *DAYS])
series_acts = st.one_of(
    st.tuples(st.just("answer"), people, st.sampled_from(["yes", "yes", "no", "maybe"]), days),
    st.tuples(st.just("capacity"), st.integers(0, 3)),
    st.tuples(st.just("cancel"), days),
    st.tuples(st.just("move"), days, st.sampled_from(["2026-01-20T10:00", "2026-04-01T09:00"])),
    st.tuples(st.just("speakers"), st.lists(people, unique=True, max_size=2)),
    st.tuples(st.just("visibility"), st.sampled_from(["public", "private"])),
    st.tuples(st.just("rule"), st.sampled_from([monthly(1, "tu"), monthly(2, "tu"), WEEKLY])),
    st.tuples(st.just("wait"), st.sampled_from([3600.0, 20 * 86400.0])),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(series_acts, max_size=25))
def test_a_series_never_has_more_who_come_than_seats_and_its_journal_tells_all(
    script: list[tuple[object, ...]],
) -> None:
    it = Planning()
    it.plan(recurrence=monthly(1, "tu"), capacity=1)
    for each in script:
        seats = {day: it.seats(day)[0].split() for day in DAYS}
        try:
            _act(it, *each)
        except CommandRefused:
            continue
        if each[0] == "answer":
            for day, before in seats.items():
                assert {*before} - {each[1]} <= {*it.seats(day)[0].split()}, "nobody lost a seat"
        for day in {"", *it.it.answers, *DAYS}:
            seated, waiting = (text.split() for text in it.seats(day))
            capacity = it.it.plan.capacity
            assert capacity is None or len(seated) <= capacity
            assert not waiting or capacity == len(seated), "nobody waits beside a free seat"
            assert not set(seated) & set(waiting)
    it.replay()


def _act(it: Planning, what: object, *words: object) -> None:
    match what, words:
        case "answer", (str() as person, "yes" | "no" | "maybe" as reply, str() | None as day):
            it.answer(person, reply, day)
        case "cancel", (str() | None as day,):
            it.give("ann", c.CancelEvent(**it.based(), day=day))
        case "move", (str() as day, str() as start):
            it.give("ann", c.MoveOccurrence(**it.based(), day=day, start=start))
        case "capacity", (int() as capacity,):
            it.change(capacity=capacity)
        case "speakers", (list() as speakers,):
            it.change(speakers=tuple(speakers))
        case "visibility", ("public" | "private" as visibility,):
            it.change(visibility=visibility)
        case "rule", (Recurrence() as rule,):
            it.change(recurrence=rule)
        case "wait", (float() as seconds,):
            it.now += seconds


@pytest.mark.parametrize("day", ["2026-01-06", None])
def test_an_answer_to_a_cancelled_time_is_refused(day: str | None) -> None:
    it = Planning()
    it.plan(recurrence=WEEKLY)
    it.give("ann", c.CancelEvent(**it.based(), day=day))
    command = c.AnswerEvent(event=it.it.id, answer="yes", day=day)
    assert it.refused("ben", command) == "event_cancelled"
