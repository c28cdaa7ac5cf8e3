"""What people are told when a calendar event has changed, as values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from roomcli.protocol.events.calendar import EventNewsKind

from . import journal as j
from .occurrences import Occurrence, next_occurrences, occurrence_on
from .seats import attendance
from .state import CalendarEvent, Communities
from .visibility import is_of, may_know

SEATS_LOOKED_AT = 8
"""The next times of a series for which people are told that a seat is theirs."""
_TIMES = {"start", "zone", "minutes", "recurrence"}


class NewsItem(NamedTuple):
    """One piece of news for one person, about one time that ``event`` takes place.

    ``event`` is as the person may know it: where it went ``out_of_sight``, as it was before, and
    they are told nothing but that this time of theirs is cancelled.
    """

    person: str
    kind: EventNewsKind
    event: CalendarEvent
    occurrence: Occurrence
    notice: str = ""
    out_of_sight: bool = False


def news_of(
    before: CalendarEvent | None,
    after: CalendarEvent,
    entries: Sequence[j.CalendarJournal],
    communities: Communities,
) -> list[NewsItem]:
    """Return who is told what of these entries, in this order. Who did it is told nothing."""
    items: list[NewsItem] = []
    for entry in entries:
        items += _of_entry(before, after, entry, communities)
    if before is not None and entries and not after.cancelled:
        told = {(each.person, each.kind) for each in items}
        items += [
            each
            for each in _of_seats(before, after, max(entry.at for entry in entries))
            if (each.person, each.kind) not in told and may_know(after, each.person, communities)
        ]
    return items


def concerned(event: CalendarEvent) -> set[str]:
    """Return those who call a calendar event theirs."""
    people = {*event.named, *(person for each in event.answers.values() for person in each)}
    return {person for person in people if is_of(event, person)}


def _of_entry(
    before: CalendarEvent | None,
    after: CalendarEvent,
    entry: j.CalendarJournal,
    communities: Communities,
) -> list[NewsItem]:
    notice, day = getattr(entry, "notice", ""), None
    match entry:
        case j.EventPlanned():
            return _asked(after, set(after.named) - {entry.by} - after.in_vain, entry.at)
        case j.PlanChanged(fields=fields):
            kind: EventNewsKind = "moved" if _TIMES & set(fields) else "changed"
        case j.OccurrenceChanged(change=change):
            kind = "cancelled" if change.cancelled else "moved"
            notice, day = change.notice, entry.day
        case j.EventCancelled():
            kind = "cancelled"
        case j.SightLost(people=people) if before and not before.cancelled:
            theirs = sorted(concerned(before) & {*people} - {entry.by})
            return [each for person in theirs for each in _gone(person, before, entry.at)]
        case j.PersonForgotten() if after.cancelled and before and not before.cancelled:
            kind = "cancelled"
        case _:
            return []
    assert before is not None
    items = []
    for person in sorted(concerned(before) - {entry.by}):
        if may_know(after, person, communities):
            items += _item(person, kind, after, day, notice, entry.at)
        elif may_know(before, person, communities):
            items += _gone(person, before, entry.at)
    asked = set(after.named - before.named) - {entry.by} - after.in_vain
    return items + _asked(after, asked, entry.at)


def _asked(event: CalendarEvent, people: set[str], at: float) -> list[NewsItem]:
    return [
        each for person in sorted(people) for each in _item(person, "asked", event, None, "", at)
    ]


def _gone(person: str, event: CalendarEvent, at: float) -> list[NewsItem]:
    items = _item(person, "cancelled", event, None, "", at)
    return [each._replace(out_of_sight=True) for each in items]


def _item(
    person: str,
    kind: EventNewsKind,
    event: CalendarEvent,
    day: str | None,
    notice: str,
    at: float,
) -> list[NewsItem]:
    """Return the news with the time that is meant, or else with the next one."""
    if day is not None:
        found = occurrence_on(event, day)
    else:
        found = next(iter(next_occurrences(event, at, 1)), None)
    return [] if found is None else [NewsItem(person, kind, event, found, notice)]


def _of_seats(before: CalendarEvent, after: CalendarEvent, at: float) -> Iterable[NewsItem]:
    """Yield who has a seat at last, or none any more; of a series, for the next such time."""
    told: set[tuple[str, str]] = set()
    for occurrence in next_occurrences(after, at, SEATS_LOOKED_AT):
        if occurrence.cancelled:
            continue
        was, now = attendance(before, occurrence.day), attendance(after, occurrence.day)
        gained = set(was.waiting) & set(now.seated)
        lost = set(was.seated) & set(now.waiting)
        changed: dict[EventNewsKind, set[str]] = {"seat": gained, "seat_lost": lost}
        for kind, people in changed.items():
            for person in sorted(people):
                if (person, kind) not in told:
                    told.add((person, kind))
                    yield NewsItem(person, kind, after, occurrence)
