"""The times of calendar events that everybody may see, as lines of lists."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from msgspec.structs import replace

from roomcli.protocol.calendar import ListedOccurrence

from ...calendar.desk import CalendarDesk
from ...calendar.rules import CalendarEvent, Occurrence, last_occurrence
from ...communities.directory import CommunityDirectory
from .models import CalendarEventLine
from .names import PageNames

AHEAD = 60 * 86400.0
"""Seconds ahead that the front page looks."""

Cursor = tuple[float, str, str]
"""Start, event and day of the last time that was shown."""
Found = Iterable[tuple[CalendarEvent, Occurrence]]


class ComingUp:
    """Lists what is planned, as a stranger may see it."""

    def __init__(
        self,
        calendar: CalendarDesk,
        communities: CommunityDirectory,
        names: PageNames,
        now: Callable[[], float],
    ) -> None:
        self._calendar = calendar
        self._communities = communities
        self._names = names
        self._now = now

    def everything(self, after: Cursor = (0.0, "", "")) -> Iterator[CalendarEventLine]:
        """Yield what is on now and coming up, by time; with a cursor what comes after it."""
        now = self._now()
        since = max(now, after[0])  # all that is before need not be walked over
        found = self._calendar.planned.between(since, now + AHEAD, None, self._communities)
        rest = (pair for pair in found if (pair[1].starts_at, pair[0].id, pair[1].day) > after)
        return self._seen(rest)

    def of_community(self, community: str) -> Iterator[CalendarEventLine]:
        """Yield the next times of what a community has planned."""
        found = self._next_times(self._calendar.planned.of_community(community))
        return (replace(each, community=None) for each in found)  # it is known whose they are

    def with_person(self, person: str) -> Iterator[CalendarEventLine]:
        """Yield the next times of what somebody organises, or speaks at."""
        events = self._calendar.planned.concerning(person)
        named = (each for each in events if each.organises(person) or each.speaks(person))
        return self._next_times(named)

    def last_of(self, event: CalendarEvent) -> Iterator[ListedOccurrence]:
        """Yield the time with which an event that is over was over."""
        last = last_occurrence(event)
        found = [] if last is None else [(event, last)]
        return iter(self._calendar.listing.rows(found, None))

    def listed_time(self, row: ListedOccurrence) -> CalendarEventLine:
        """Return a line of a list for a time that a stranger may know of."""
        event = self._calendar.planned.look_up(row.event)
        return CalendarEventLine(
            id=row.event,
            day=row.day,
            title=row.title,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            zone=row.zone,
            community=self._names.community_link(row.community),
            cancelled=row.cancelled,
            updated_at=event.changed_at if event is not None else 0.0,
        )

    def _next_times(self, events: Iterable[CalendarEvent]) -> Iterator[CalendarEventLine]:
        now, planned = self._now(), self._calendar.planned
        found = [(each, planned.next_of(each, now)) for each in events]
        times = [(event, each) for event, each in found if each is not None]
        return self._seen(sorted(times, key=lambda pair: (pair[1].starts_at, pair[0].id)))

    def _seen(self, found: Found) -> Iterator[CalendarEventLine]:
        return map(self.listed_time, self._calendar.listing.rows(found, None))


def cursor_of(line: CalendarEventLine) -> str:
    """Return what a list of times goes on after, as a part of a path."""
    return f"{line.starts_at:.0f}-{line.id}-{line.day}"
