"""Events about what is planned: answers to one person, and news for them."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from ..calendar import ListedAnswer, ListedOccurrence, ShownEvent
from ..people import Count
from ..times import Seconds
from .base import DeskEvent, People

EventNewsKind = Literal["moved", "changed", "cancelled", "seat", "seat_lost", "asked", "answered"]


class EventShown(DeskEvent, frozen=True, kw_only=True):
    """A calendar event as it is now; ``upcoming`` are the next times that it takes place."""

    shown: ShownEvent
    upcoming: tuple[ListedOccurrence, ...] = ()
    people: People = {}


class EventsListed(DeskEvent, frozen=True, kw_only=True):
    """A page of what is planned, by time; ``more`` asks for the next page, empty at the end."""

    of: Literal["mine", "week", "community"]
    occurrences: tuple[ListedOccurrence, ...] = ()
    more: str = ""


class AnswersListed(DeskEvent, frozen=True, kw_only=True):
    """A page of who answered: first those with a seat, then who waits, then the others.

    ``seated`` and ``waiting`` are how many there are in all; ``answers`` say what each said.
    """

    seated: Count
    waiting: Count
    answers: tuple[ListedAnswer, ...] = ()
    offset: Count = 0
    total: Count = 0
    people: People = {}


class CalendarShown(DeskEvent, frozen=True, kw_only=True):
    """What the person chose for their own calendar.

    ``remind`` is how many minutes before the start they are reminded, 0 for never; ``has_feed``
    says whether their calendar has an address at present.
    """

    remind: Count
    has_feed: bool = False


class FeedMade(DeskEvent, frozen=True, kw_only=True):
    """The path of the person's own calendar feed on this server; told once, and never again."""

    path: str


class EventsExported(DeskEvent, frozen=True, kw_only=True):
    """A part of an iCalendar file, in Base64; the file is all parts' bytes together."""

    data: Annotated[str, Meta(max_length=4096)]
    more: bool = False


class EventNews(DeskEvent, frozen=True, kw_only=True):
    """Something happened to a calendar event that concerns the person.

    It was ``moved``, otherwise ``changed``, or ``cancelled``; they have a ``seat`` now that they
    waited for, or have to wait again (``seat_lost``); they were ``asked`` to come, speak or
    organise; or they ``answered`` on another connection. ``notice`` is what the organisers say.
    Of what went out of the person's sight they are told that it is cancelled, without its title.
    """

    kind: EventNewsKind
    occurrence: ListedOccurrence
    notice: str = ""


class EventReminder(DeskEvent, frozen=True, kw_only=True):
    """What the person comes to begins in ``seconds``."""

    occurrence: ListedOccurrence
    seconds: Seconds


CalendarMessage = (
    EventShown
    | EventsListed
    | AnswersListed
    | CalendarShown
    | FeedMade
    | EventsExported
    | EventNews
    | EventReminder
)
"""Every event about what is planned."""
