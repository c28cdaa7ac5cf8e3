"""Answers what people ask about what is planned: lists, what is shown, files. Nothing changes."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from typing import Literal

from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.calendar import ListedAnswer, ListedOccurrence

from ..people.profiles.visible import find_shown
from ..store import Store
from .feeds import Feeds
from .foremost import ForemostLines
from .listing import Listing
from .planned import PlannedEvents
from .rules import (
    CalendarEvent,
    Circle,
    Communities,
    Occurrence,
    is_of,
    may_change,
    may_know,
    refusal,
)

WEEK = 7 * 86400.0
PAGE = 50
"""Lines of a page of a list."""
_PART = 3000
"""Bytes of a part of an exported file, which is cut between two lines."""
CalendarQuestion = c.ShowEvent | c.ListEvents | c.ListAnswers | c.ShowCalendar | c.ExportEvents
Found = Iterable[tuple[CalendarEvent, Occurrence]]
ListedEvents = Literal["mine", "week", "community"]


class CalendarAnswers:
    """Answers each person by what they may see."""

    def __init__(
        self,
        planned: PlannedEvents,
        feeds: Feeds,
        communities: Communities,
        listing: Listing,
        store: Store,
    ) -> None:
        self._planned = planned
        self._feeds = feeds
        self._communities = communities
        self._listing = listing
        self._store = store

    async def answer(
        self, asker: str, command: CalendarQuestion, now: float
    ) -> Sequence[e.DeskEvent]:
        """Answer a question. Raises CommandRefused ``no_such_event``, ``not_organiser``."""
        match command:
            case c.ShowEvent(event=id):
                return [self._listing.show(self._planned.look_up(id), asker, now)]
            case c.ListEvents():
                return [self._list(asker, command, now)]
            case c.ListAnswers():
                return [self._who_answered(asker, command)]
            case c.ShowCalendar():
                return [self.choices_of(asker)]
            case c.ExportEvents():
                return await self._exported(asker, command, now)

    def choices_of(self, person: str) -> e.CalendarShown:
        """Return what somebody chose for their own calendar."""
        choices = self._feeds.choices_of(person)
        return e.CalendarShown(remind=choices.remind, has_feed=bool(choices.feed))

    def _list(self, asker: str, command: c.ListEvents, now: float) -> e.EventsListed:
        found: Found
        match command.of:
            case "week":
                found = self._planned.between(now, now + WEEK, asker, self._communities)
            case "mine":
                mine = (each for each in self._planned.concerning(asker) if is_of(each, asker))
                found = self._by_time(mine, now)
            case "community":
                found = self._by_time(self._of_community(command.community, asker), now)
        return self._rows_up_to(command.of, _after(found, command.after), asker, PAGE)

    def _of_community(self, community: str, person: str) -> list[CalendarEvent]:
        """Return what of a community somebody could be allowed to see.

        Of a hidden one strangers have no more looked at than of one that is not there: by the time
        that it takes they would learn of it.
        """
        hidden = self._communities.is_hidden(community)
        if hidden and not self._communities.is_member(person, community):
            own = self._planned.concerning(person)
            return [each for each in own if each.plan.community == community]
        return self._planned.of_community(community)

    def foremost(self, person: str, circle: Circle, length: int, now: float) -> e.EventsListed:
        """Return lines of what is on now and in the next seven days, what is nearest first.

        ``more`` of the week begins with the first that has no line here.
        """
        near = [*self._planned.concerning(person)]
        near += [event for each in circle.communities for event in self._of_community(each, person)]
        near += [event for each in circle.people for event in self._planned.concerning(each)]
        lines = ForemostLines(self._planned, self._listing, self._communities, person, length)
        lines.choose(near, circle, now, now + WEEK)
        more = "" if lines.left_out is None else _cursor(lines.left_out, "", "")
        return e.EventsListed(of="week", occurrences=tuple(lines.rows), more=more)

    def next_time(self, id: str, viewer: str, now: float) -> ListedOccurrence | None:
        """Return a line for the next time of an event; None for who may not know of it.

        What is over has no next time.
        """
        event = self._planned.look_up(id)
        found = self._planned.next_of(event, now) if event is not None else None
        if event is None or found is None:
            return None
        return self._listing.row(event, found, viewer)

    def is_ahead_for(self, id: str, viewer: str, now: float) -> bool:
        """Whether :meth:`next_time` has a line of it for somebody."""
        event = self._planned.look_up(id)
        if event is None or not may_know(event, viewer, self._communities):
            return False
        return self._planned.next_of(event, now) is not None

    def _rows_up_to(
        self, of: ListedEvents, found: Found, asker: str, length: int
    ) -> e.EventsListed:
        rows: list[ListedOccurrence] = []
        for row in self._listing.rows(found, asker):
            if len(rows) == length:
                more = _cursor(rows[-1].starts_at, rows[-1].event, rows[-1].day)
                return e.EventsListed(of=of, occurrences=tuple(rows), more=more)
            rows.append(row)
        return e.EventsListed(of=of, occurrences=tuple(rows))

    def _by_time(self, events: Iterable[CalendarEvent], now: float) -> Found:
        nexts = ((each, self._planned.next_of(each, now)) for each in events)
        found = [(event, each) for event, each in nexts if each is not None]
        return sorted(found, key=lambda pair: (pair[1].starts_at, pair[0].id, pair[1].day))

    def _who_answered(self, asker: str, command: c.ListAnswers) -> e.AnswersListed:
        event = self._planned.look_up(command.event)
        if event is None or not may_know(event, asker, self._communities):
            raise refusal("no_such_event")
        if not may_change(event, asker, self._communities):
            raise refusal("not_organiser")
        day = command.day or ""
        coming = self._planned.attendance_of(event, day)
        all_of_it = {**event.answers.get("", {}), **event.answers.get(day, {})}
        others = sorted((each.number, person) for person, each in all_of_it.items())
        order = dict.fromkeys((*coming.seated, *coming.waiting, *(who for _, who in others)))
        page = list(order)[command.offset : command.offset + PAGE]
        people = (find_shown(self._store, each) for each in page)
        return e.AnswersListed(
            seated=len(coming.seated),
            waiting=len(coming.waiting),
            answers=tuple(ListedAnswer(person=each, answer=all_of_it[each].reply) for each in page),
            offset=command.offset,
            total=len(order),
            people={each.id: each for each in people if each is not None},
        )

    async def _exported(
        self, asker: str, command: c.ExportEvents, now: float
    ) -> Sequence[e.EventsExported]:
        if command.event is None:
            writing = self._feeds.own_file(asker, "", now)
        else:
            found = self._feeds.event_for(command.event, asker)
            if found is None:
                raise refusal("no_such_event")
            writing = found
        written = await self._feeds.write_out(writing)
        parts = [b""]
        for line in written.splitlines(keepends=True):
            if len(parts[-1]) + len(line) > _PART:
                parts.append(b"")
            parts[-1] += line
        return [
            e.EventsExported(data=base64.b64encode(part).decode(), more=number < len(parts))
            for number, part in enumerate(parts, 1)
        ]


def _after(found: Found, cursor: str) -> Found:
    """Yield what comes after a page that ended with ``cursor``."""
    if not cursor:
        yield from found
        return
    at, _, rest = cursor.partition(" ")
    event, _, day = rest.partition(" ")
    try:
        last = (float(at), event, day)
    except ValueError:
        return
    for each in found:
        if (each[1].starts_at, each[0].id, each[1].day) > last:
            yield each


def _cursor(starts_at: float, event: str, day: str) -> str:
    return f"{starts_at} {event} {day}"
