"""Tests of what is on by time: an index that knows just what the rules say."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from roomcli.protocol import commands as c
from roomcli.protocol.calendar import Recurrence
from server.calendar.agenda import AHEAD, ENOUGH, Agenda
from server.calendar.planned import PlannedEvents
from server.calendar.rules import CalendarEvent, may_know, occurrences
from server.calendar.rules.journal import EventCancelled

from ...support.memory_store import memory_store
from .rules.planning import DAY, NOW, PARIS, KnownCommunities, Planning, monthly

COMMUNITIES = KnownCommunities({("owner", "rust"): "owner", ("meg", "rust"): "member"})
VIEWERS = [None, "ann", "ben", "meg", "owner", "eve"]


def planned(number: int, asker: str = "owner", **fields: Any) -> CalendarEvent:
    """Return something planned, with an id by its number."""
    it = Planning()
    it.give(asker, c.PlanEvent(**{"title": "Talks", "zone": PARIS, **fields}))
    return replace(it.it, id=f"{number:016x}")


def found(all_of_it: PlannedEvents, viewer: str | None, since: float, before: float) -> list[Any]:
    """Return what the index yields that the viewer may know, as starts, ids and days."""
    pairs = all_of_it.between(since, before, viewer, COMMUNITIES)
    return [
        (one.starts_at, event.id, one.day)
        for event, one in pairs
        if may_know(event, viewer, COMMUNITIES)
    ]


kinds = st.sampled_from(
    [
        {"visibility": "public"},
        {"visibility": "private", "invited": ("ben",)},
        {"visibility": "community", "community": "rust"},
        {"visibility": "public", "community": "rust"},
    ]
)
series = st.sampled_from(
    [None, Recurrence(every="day"), Recurrence(every="week", count=2), monthly(1, "tu")]
)
starts = st.integers(1, 28).map(lambda day: f"2025-12-{day:02}T18:30")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(kinds, series, starts), max_size=6),
    st.sampled_from(VIEWERS),
    st.floats(0, 10 * DAY),
)
def test_the_index_has_what_the_rules_say_and_each_time_once(
    wishes: list[Any], viewer: str | None, later: float
) -> None:
    events = [
        planned(number, start=start, recurrence=rule, **kind)
        for number, (kind, rule, start) in enumerate(wishes)
    ]
    all_of_it = PlannedEvents(events, memory_store(), NOW)
    since = NOW + later
    right = sorted(
        (one.starts_at, event.id, one.day)
        for event in events
        if may_know(event, viewer, COMMUNITIES)
        for one in occurrences(event, since, since + 7 * DAY)
    )
    assert found(all_of_it, viewer, since, since + 7 * DAY) == right


def test_a_series_without_an_end_is_looked_up_again_in_time() -> None:
    event = planned(1, start="2025-12-01T18:30", recurrence=Recurrence(every="day"))
    all_of_it = PlannedEvents([event], memory_store(), NOW)
    for days in range(0, 120, 5):
        now = NOW + days * DAY
        all_of_it.look_ahead(now)
        times = found(all_of_it, None, now, now + 7 * DAY)
        assert len(times) in ((7, 8) if days > 10 else range(9))
    assert len(times) >= 7


def test_what_is_far_ahead_comes_into_the_index_when_it_is_near() -> None:
    event = planned(1, start="2026-06-01T18:30")
    all_of_it = PlannedEvents([event], memory_store(), NOW)
    (right,) = occurrences(event, NOW, NOW + 366 * DAY)
    now = NOW
    while not found(all_of_it, None, now, now + 7 * DAY):
        now += DAY
        all_of_it.look_ahead(now)
        assert now < right.starts_at, "too late"
    assert right.starts_at - now > 6 * DAY


def test_answers_do_not_fill_the_index() -> None:
    agenda, event = Agenda(), planned(1, start="2025-12-01T18:30", recurrence=monthly(1, "mo"))
    for _ in range(50):
        agenda.put(event, NOW)
    assert agenda.stale(NOW + AHEAD - ENOUGH + 1, 100) == [event.id]
    assert len(agenda.starting(NOW, NOW + 10 * DAY)) == 1
    agenda.remove(event.id)
    assert agenda.starting(NOW, NOW + AHEAD) == []


async def test_what_is_over_for_long_is_deleted() -> None:
    store = memory_store()
    event = planned(1, start="2025-12-01T18:30")
    other = planned(2, start="2025-12-01T18:30", recurrence=monthly(1, "mo"))
    all_of_it = PlannedEvents([event, other], store, NOW)
    for each in (event, other):
        all_of_it.record(each, [EventCancelled(id=each.id, by="owner", at=NOW)], NOW)
    all_of_it.forget_old(NOW + 90 * DAY)
    assert len(all_of_it) == 2
    all_of_it.forget_old(NOW + 100 * DAY)
    assert all_of_it.look_up(event.id) is None
    assert [each.id for each in await store.calendar.load()] == [other.id]
    assert all_of_it.concerning("owner") == [all_of_it.look_up(other.id)]
