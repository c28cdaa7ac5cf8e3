"""Calendar events as lines of lists, and as answers, for one person."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from roomcli.protocol import events as e
from roomcli.protocol.calendar import ListedOccurrence
from roomcli.protocol.people import Person

from .planned import PlannedEvents
from .rules import (
    CalendarEvent,
    Communities,
    Occurrence,
    next_occurrences,
    part_of,
    refusal,
    visible_to,
)

UPCOMING = 10
"""The next times that are shown with an event."""

FindPerson = Callable[[str], Person | None]


class Listing:
    """Shows what is planned to one person or stranger at a time, by what they may see."""

    def __init__(self, planned: PlannedEvents, communities: Communities, find: FindPerson) -> None:
        self._planned = planned
        self._communities = communities
        self._find = find

    def row(
        self, event: CalendarEvent, occurrence: Occurrence, viewer: str | None
    ) -> ListedOccurrence | None:
        """Return a line for one time of an event; None for who may not know of it."""
        shown = visible_to(event, viewer, self._communities)
        if shown is None:
            return None
        coming = self._planned.attendance_of(event, occurrence.day)
        answer = event.answer_of(viewer, occurrence.day) if viewer is not None else None
        host = self._find(shown.organisers[0]) if shown.organisers else None
        return ListedOccurrence(
            event=shown.id,
            day=occurrence.day,
            title=shown.title,
            starts_at=occurrence.starts_at,
            ends_at=occurrence.ends_at,
            zone=shown.zone,
            room=shown.room,
            host=host.name if host is not None else "",
            visibility=shown.visibility,
            community=shown.community,
            cancelled=occurrence.cancelled,
            moved=occurrence.moved,
            coming=len(coming.seated),
            waiting=len(coming.waiting),
            capacity=shown.capacity,
            part=part_of(event, viewer) if viewer is not None else None,
            answer=answer.reply if answer is not None else None,
            place=coming.place(viewer) if viewer is not None else 0,
        )

    def rows(
        self, found: Iterable[tuple[CalendarEvent, Occurrence]], viewer: str | None
    ) -> Iterable[ListedOccurrence]:
        """Yield a line for each that the viewer may know of."""
        for event, occurrence in found:
            row = self.row(event, occurrence, viewer)
            if row is not None:
                yield row

    def show(self, event: CalendarEvent | None, viewer: str | None, now: float) -> e.EventShown:
        """Return an event with its next times. Raises CommandRefused ``no_such_event``."""
        shown = visible_to(event, viewer, self._communities) if event is not None else None
        if event is None or shown is None:
            raise refusal("no_such_event")
        times = ((event, each) for each in next_occurrences(event, now, UPCOMING))
        named = (*shown.organisers, *shown.speakers, *shown.asked, *shown.invited)
        people = (self._find(each) for each in named)
        return e.EventShown(
            shown=shown,
            upcoming=tuple(self.rows(times, viewer)),
            people={each.id: each for each in people if each is not None},
        )


def row_out_of_sight(event: CalendarEvent, occurrence: Occurrence) -> ListedOccurrence:
    """Return a line for who had this time in their calendar, and may not know of it any longer."""
    return ListedOccurrence(
        event=event.id,
        day=occurrence.day,
        title="",
        starts_at=occurrence.starts_at,
        ends_at=occurrence.ends_at,
        zone=event.plan.zone,
        cancelled=True,
    )
