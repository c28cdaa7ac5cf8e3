"""What is on, by time: an index of all that takes place in the next weeks.

A question about this week reads just the entries of this week that the person may see, however much
is planned besides. What is hidden has places of its own: nobody walks over what others hide.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from .rules import CalendarEvent, occurrences

AHEAD = 35 * 86400.0
"""Seconds ahead that the index knows, when an event is put into it."""
ENOUGH = 14 * 86400.0
"""Seconds ahead that it knows at least."""
LONGEST = 86400.0
"""Seconds that anything planned may take."""
EVERYBODY = "*"
"""The shelf of what everybody may see, if its community is not hidden."""


class AgendaEntry(NamedTuple):
    """One time that a calendar event takes place; entries are in the order of their starts."""

    starts_at: float
    event: str
    day: str
    ends_at: float


class Agenda:
    """The entries of all calendar events, on shelves by who may see them."""

    def __init__(self) -> None:
        self._all: list[AgendaEntry] = []
        self._shelves: dict[str, list[AgendaEntry]] = {}
        self._entries: dict[str, list[AgendaEntry]] = {}
        self._on: dict[str, str] = {}
        self._known_until: list[tuple[float, str]] = []
        self._waiting: set[str] = set()

    def put(self, event: CalendarEvent, now: float) -> None:
        """Let a calendar event stand here as it is now."""
        self.remove(event.id)
        before = now + AHEAD
        entries = [
            AgendaEntry(each.starts_at, event.id, each.day, each.ends_at)
            for each in occurrences(event, now - LONGEST, before)
        ]
        shelf = _shelf_of(event)
        self._entries[event.id], self._on[event.id] = entries, shelf
        for entry in entries:
            insort(self._all, entry)
            insort(self._shelves.setdefault(shelf, []), entry)
        if event.id not in self._waiting and (event.plan.recurrence is not None or not entries):
            self._waiting.add(event.id)
            heapq.heappush(self._known_until, (before, event.id))

    def remove(self, id: str) -> None:
        """Let it stand here no more, if it did."""
        shelf = self._on.pop(id, "")
        for entry in self._entries.pop(id, ()):
            for entries in (self._all, self._shelves[shelf]):
                del entries[bisect_left(entries, entry)]

    def stale(self, now: float, most: int) -> list[str]:
        """Return calendar events that have to be put here again, so many at most."""
        found: list[str] = []
        while self._known_until and self._known_until[0][0] < now + ENOUGH and len(found) < most:
            found.append(heapq.heappop(self._known_until)[1])
        self._waiting.difference_update(found)
        return found

    def between(
        self, since: float, before: float, communities: Iterable[str], own: Iterable[str]
    ) -> Iterator[AgendaEntry]:
        """Yield what is not over at ``since`` and starts before ``before``, each once, in order.

        That is what everybody may see, what is for members of ``communities``, and the calendar
        events ``own``. Whether it may be seen at all is for the caller to ask.
        """
        shelves = [self._shelves.get(each, []) for each in (EVERYBODY, *communities)]
        mine = self.of(own, since, before)
        last = None
        for entry in heapq.merge(mine, *(_part(each, since, before) for each in shelves)):
            if entry != last and entry.ends_at > since:
                yield entry
            last = entry

    def of(self, ids: Iterable[str], since: float, before: float) -> list[AgendaEntry]:
        """Return when these calendar events are on between the two moments, in order."""
        return sorted(
            entry
            for id in ids
            for entry in self._entries.get(id, ())
            if entry.ends_at > since and entry.starts_at < before
        )

    def starting(self, after: float, until: float) -> list[AgendaEntry]:
        """Return everything that starts after the one moment and not after the other."""
        low = bisect_right(self._all, (after, "\U0010ffff"))
        return self._all[low : bisect_right(self._all, (until, "\U0010ffff"))]


def _part(entries: list[AgendaEntry], since: float, before: float) -> Iterator[AgendaEntry]:
    for index in range(bisect_left(entries, (since - LONGEST,)), len(entries)):
        if entries[index].starts_at >= before:
            return
        yield entries[index]


def _shelf_of(event: CalendarEvent) -> str:
    plan = event.plan
    if plan.visibility == "private":
        return "private"
    return EVERYBODY if plan.visibility == "public" else plan.community
