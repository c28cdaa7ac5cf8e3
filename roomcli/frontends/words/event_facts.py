"""A calendar event as a page shows it: labelled facts, in the reader's own time. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from time import localtime, strftime
from typing import NamedTuple

from ...protocol import events as e
from ...protocol.calendar import ROOM_OPENS, ListedOccurrence, ShownEvent, Visibility
from .badge_words import with_badges
from .calendar_words import coming_words, own_words
from .day_words import Local, hour_words, span_words
from .names import LOOKALIKE_MARK
from .series_words import series_words

SEEN_BY: dict[Visibility, str] = {
    "public": "everybody",
    "community": "members of its community",
    "private": "organisers, speakers and who is invited",
}
NOT_THEIRS = "reads like the name of a community, or of somebody verified, who is not in it"
NOT_ANSWERED = "you have not said whether you come"


class EventFact(NamedTuple):
    """A line of a page; without a label it goes on from the line above."""

    label: str
    text: str


def event_facts(
    shown: e.EventShown, community: str, now: float, local: Local = localtime
) -> Iterator[EventFact]:
    """Yield what there is to know of an event; ``community`` is its community's name."""
    event, first = shown.shown, shown.upcoming[0] if shown.upcoming else None
    if event.notice:
        yield EventFact("News", event.notice)
    if event.lookalike:
        yield EventFact("Title", f"{LOOKALIKE_MARK} {NOT_THEIRS}")
    yield from _times(event, first, now, local)
    for place, line in enumerate(event.agenda):
        yield EventFact("" if place else "Agenda", line)
    for label, ids in (
        ("Speaking", event.speakers),
        ("Organised", event.organisers),
        ("Asked", event.asked),
        ("Invited", event.invited),
    ):
        if names := [with_badges(shown.people[id]) if id in shown.people else id for id in ids]:
            yield EventFact(label, ", ".join(names))
    if first is not None and event.recurrence is None:
        yield EventFact("Seats", coming_words(first))
    elif event.capacity is not None:
        yield EventFact("Seats", f"{event.capacity} each time")
    if event.room:
        yield EventFact("Room", room_words(event.room, first, now, local))
    of = f"members of {community}" if community else SEEN_BY["community"]
    seen_by = of if event.visibility == "community" else SEEN_BY[event.visibility]
    yield EventFact("Seen by", seen_by)
    if community and event.visibility == "public":
        yield EventFact("Community", community)
    if first is not None and event.recurrence is None:
        yield EventFact("You", own_words(first) or NOT_ANSWERED)


def _times(
    event: ShownEvent, first: ListedOccurrence | None, now: float, local: Local
) -> Iterator[EventFact]:
    day, _, hour = event.start.partition("T")
    if first is None:
        over = "" if event.cancelled else ", over"
        yield EventFact("When", f"{day} {hour} in {event.zone}{over}")
    else:
        span = span_words(first.starts_at, first.ends_at, now, local)
        yield EventFact("When", f"{span} {strftime('%Z', local(first.starts_at))}".rstrip())
        if hour_words(first.starts_at, local) != hour and not first.moved:
            yield EventFact("", f"{hour} in {event.zone}")
    if event.recurrence is not None:
        yield EventFact("Repeats", series_words(event.recurrence))


def room_words(room: str, first: ListedOccurrence | None, now: float, local: Local) -> str:
    """Return where an event takes place, and from when on one gets in."""
    if first is None or first.cancelled:
        return room
    if is_on(first, now):
        return f"{room}, now"
    return f"{room}, for organisers from {hour_words(first.starts_at - ROOM_OPENS, local)} on"


def is_on(one: ListedOccurrence, now: float) -> bool:
    """Whether its room may be open: from when organisers may open it, until the end."""
    return not one.cancelled and one.starts_at - ROOM_OPENS <= now < one.ends_at
