"""All calendar events of a server, in memory and in the store."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from ..changes import Changes
from ..store import Store
from .agenda import Agenda, AgendaEntry
from .rules import (
    Attendance,
    CalendarEvent,
    CalendarJournal,
    Communities,
    Occurrence,
    attendance,
    evolve,
    last_end,
    next_occurrences,
    occurrence_on,
)
from .rules.state import KEEP_ENDED, Withdrawal

RENEWED_AT_ONCE = 100
"""Calendar events whose next weeks are looked up in one go."""


class PlannedEvents:
    """All calendar events: found by id, person, community and time; changed by their journal."""

    def __init__(self, events: Iterable[CalendarEvent], store: Store, now: float) -> None:
        self._store = store
        self.changes: Changes[CalendarEvent] = Changes()
        """Tells of every calendar event that is another one than before."""
        self._events: dict[str, CalendarEvent] = {}
        self._of_person: dict[str, set[str]] = {}
        self._of_community: dict[str, set[str]] = {}
        self._hidden_from: dict[str, set[str]] = {}
        self._agenda = Agenda()
        self._next: dict[str, Occurrence | None] = {}
        self._attendance: dict[str, dict[str, Attendance]] = {}
        for event in events:
            self._take_in(event, now)

    def __len__(self) -> int:
        return len(self._events)

    def everything(self) -> tuple[CalendarEvent, ...]:
        """Return all calendar events: what of them is told, ``rules.visible_to`` says."""
        return tuple(self._events.values())

    def look_up(self, id: str) -> CalendarEvent | None:
        """Return the calendar event with this id, or None."""
        return self._events.get(id)

    def concerning(self, person: str) -> list[CalendarEvent]:
        """Return what somebody is named in, or has answered."""
        return [self._events[id] for id in self._of_person.get(person, ())]

    def hidden_from(self, person: str) -> list[tuple[CalendarEvent, Withdrawal]]:
        """Return what somebody had among theirs, and was hidden from them later."""
        events = [self._events[id] for id in self._hidden_from.get(person, ())]
        return [(each, each.hidden_from[person]) for each in events]

    def of_community(self, community: str) -> list[CalendarEvent]:
        """Return what a community has planned."""
        return [self._events[id] for id in self._of_community.get(community, ())]

    def next_of(self, event: CalendarEvent, now: float) -> Occurrence | None:
        """Return the next time that a calendar event takes place; None when it is over."""
        if event.id not in self._next:
            self._next[event.id] = next(iter(next_occurrences(event, now, 1)), None)
        found = self._next[event.id]
        if found is not None and found.ends_at <= now:
            del self._next[event.id]
            return self.next_of(event, now)
        return found

    def attendance_of(self, event: CalendarEvent, day: str) -> Attendance:
        """Return who comes to one time of it."""
        if self._events.get(event.id) is not event:  # as it was before a change
            return attendance(event, day)
        known = self._attendance.setdefault(event.id, {})
        if day not in known:
            known[day] = attendance(event, day)
        return known[day]

    def between(
        self, since: float, before: float, person: str | None, communities: Communities
    ) -> Iterator[tuple[CalendarEvent, Occurrence]]:
        """Yield what takes place then, in order, as far as a person could be allowed to see it."""
        for entry in self.entries_between(since, before, person, communities):
            yield from self.time_of(entry)

    def entries_between(
        self, since: float, before: float, person: str | None, communities: Communities
    ) -> Iterator[AgendaEntry]:
        """Yield the entries of what :meth:`between` tells, which cost less to look at."""
        own = self._of_person.get(person, set()) if person is not None else set()
        member_of = communities.communities_of(person) if person is not None else []
        return self._agenda.between(since, before, member_of, own)

    def entries_of(
        self, events: Iterable[CalendarEvent], since: float, before: float
    ) -> list[AgendaEntry]:
        """Return when these are on between the two moments, in order."""
        return self._agenda.of({each.id for each in events}, since, before)

    def starting(self, after: float, until: float) -> Iterator[tuple[CalendarEvent, Occurrence]]:
        """Yield everything that starts after the one moment and not after the other."""
        for entry in self._agenda.starting(after, until):
            yield from self.time_of(entry)

    def record(
        self, before: CalendarEvent | None, entries: Iterable[CalendarJournal], now: float
    ) -> CalendarEvent | None:
        """Let the entries happen, and save what comes of it; return the event as it is then."""
        after = before
        for entry in entries:
            after = evolve(after, entry)
        if after is not None and after is not before:
            self._store.calendar.save(before, after)
            self._let_go(after.id)
            self._take_in(after, now)
            self.changes.announce(after.id, before, after)
        return after

    async def read_elsewhere(self, ids: Collection[str] | None, now: float) -> None:
        """Read calendar events again that other servers changed: these, or all.

        Raises StoreError.
        """
        while ids is None or ids:
            before = dict(self._events)
            found = {each.id: each for each in await self._store.calendar.load_again(ids)}
            read, ids = found.keys() | before.keys() if ids is None else ids, []
            for id in read:
                was, is_now = before.get(id), found.get(id)
                if self._events.get(id) is not was:
                    ids.append(id)  # it was changed here meanwhile, after what was read
                elif was != is_now:
                    self._let_go(id)
                    self._events.pop(id, None)
                    if is_now is not None:
                        self._take_in(is_now, now)
                    self.changes.announce(id, was, is_now)

    def look_ahead(self, now: float) -> None:
        """Look up the next weeks of series, some at a time."""
        for id in self._agenda.stale(now, RENEWED_AT_ONCE):
            if id in self._events:
                self._agenda.put(self._events[id], now)

    def forget_old(self, now: float) -> None:
        """Delete what has been over for long."""
        for event in list(self._events.values()):
            if last_end(event) + KEEP_ENDED <= now:
                self._store.calendar.forget(event.id)
                self._let_go(event.id)
                del self._events[event.id]
                self.changes.announce(event.id, event, None)

    def time_of(self, entry: AgendaEntry) -> Iterator[tuple[CalendarEvent, Occurrence]]:
        """Yield what an entry stands for, if it is there."""
        event = self._events[entry.event]
        occurrence = occurrence_on(event, entry.day)
        if occurrence is not None:
            yield event, occurrence

    def _take_in(self, event: CalendarEvent, now: float) -> None:
        self._events[event.id] = event
        self._agenda.put(event, now)
        for person in _people_of(event):
            self._of_person.setdefault(person, set()).add(event.id)
        for person in event.hidden_from:
            self._hidden_from.setdefault(person, set()).add(event.id)
        if event.plan.community:
            self._of_community.setdefault(event.plan.community, set()).add(event.id)

    def _let_go(self, id: str) -> None:
        self._agenda.remove(id)
        self._next.pop(id, None)
        self._attendance.pop(id, None)
        event = self._events.get(id)
        if event is None:
            return
        for person in _people_of(event):
            _drop(self._of_person, person, id)
        for person in event.hidden_from:
            _drop(self._hidden_from, person, id)
        _drop(self._of_community, event.plan.community, id)


def _people_of(event: CalendarEvent) -> set[str]:
    return {*event.named, *(person for each in event.answers.values() for person in each)}


def _drop(ids: dict[str, set[str]], whose: str, id: str) -> None:
    if whose in ids:
        ids[whose].discard(id)
        if not ids[whose]:
            del ids[whose]
