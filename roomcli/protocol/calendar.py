"""What is planned: calendar events, when they take place, and who comes.

What is planned is called a calendar event; a message of the protocol is called an event. Times that
people choose are local times of a time zone (``2027-03-02T18:30``, ``Europe/Paris``), so that a
series keeps its hour over daylight saving. Times to compute with are seconds since 1970.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from .people import Count
from .text import ROOM_NAME
from .times import Seconds

MAX_TITLE = 80
MAX_AGENDA = 12
"""Lines of an agenda."""
MAX_AGENDA_LINE = 100
MAX_NOTICE = 200
MAX_OCCURRENCES = 520
"""How often a series with an end takes place at most."""
ROOM_OPENS = 15 * 60.0
"""Seconds before the start from which on organisers may open the room."""
REMIND_MINUTES = 15
"""How long before the start people are reminded, unless they choose otherwise."""

_DAY = r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
LocalTime = Annotated[str, Meta(pattern=rf"^{_DAY}T([01]\d|2[0-3]):[0-5]\d\Z")]
"""A date and a time of day in the event's time zone: ``2027-03-02T18:30``."""
LocalDate = Annotated[str, Meta(pattern=rf"^{_DAY}\Z")]
"""A day in the event's time zone."""
ZoneName = Annotated[
    str, Meta(pattern=r"^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}\Z", max_length=64)
]
"""A name of the IANA time zone database, like ``Europe/Paris``."""
Title = Annotated[str, Meta(min_length=1, max_length=MAX_TITLE)]
Agenda = Annotated[
    tuple[Annotated[str, Meta(max_length=MAX_AGENDA_LINE)], ...], Meta(max_length=MAX_AGENDA)
]
"""What is to happen, a line each."""
Notice = Annotated[str, Meta(max_length=MAX_NOTICE)]
"""What is said to those who come, with a change."""
Minutes = Annotated[int, Meta(ge=5, le=24 * 60)]
Seats = Annotated[int, Meta(ge=1, le=10_000)]
Reminding = Annotated[int, Meta(ge=0, le=24 * 60)]
"""Minutes before the start; 0 is never."""
PlannedRoom = Annotated[str, Meta(pattern=rf"{ROOM_NAME}|^\Z")]
"""The name of a room, or nothing."""
Visibility = Literal["public", "community", "private"]
"""Who may see a calendar event: everybody, members of its community, or who was asked to come."""
Reply = Literal["yes", "no", "maybe"]
Weekday = Literal["mo", "tu", "we", "th", "fr", "sa", "su"]
WEEKDAYS: tuple[Weekday, ...] = ("mo", "tu", "we", "th", "fr", "sa", "su")
Part = Literal["organiser", "speaker", "invited"]


class Recurrence(Struct, frozen=True, kw_only=True):
    """How a series repeats: each ``interval`` days, weeks or months.

    ``weekdays`` are the days of a week; without them it is the weekday of the start. In a month,
    ``nth`` with one weekday is the first (1) to fifth or the last (-1) of these; without it the day
    of the month counts, and a month that has no such day is left out (RFC 5545). The series ends
    with the day ``until``, or after ``count`` times, or never.
    """

    every: Literal["day", "week", "month"]
    interval: Annotated[int, Meta(ge=1, le=99)] = 1
    weekdays: Annotated[tuple[Weekday, ...], Meta(max_length=7)] = ()
    nth: Annotated[int, Meta(ge=-1, le=5)] | None = None
    until: LocalDate | None = None
    count: Annotated[int, Meta(ge=1, le=MAX_OCCURRENCES)] | None = None


class ListedOccurrence(Struct, frozen=True, kw_only=True):
    """One time that a calendar event takes place, as a line of a list.

    ``event`` is its id; ``day`` says which one of a series it is, by the day on which the series
    has it, also when it was moved; it is empty for what takes place once. ``host`` is the name of
    who planned it. ``coming`` is how many have a seat, ``waiting`` how many wait for one.
    ``answer`` is the person's own, ``place`` their place on the waiting list, 0 with a seat.
    ``title`` is empty only in news of what went out of the person's sight.
    ``lookalike`` is true of a title that reads like the name of another community, or of somebody
    verified who has no part in it.
    """

    event: str
    day: str = ""
    title: str
    starts_at: Seconds
    ends_at: Seconds
    zone: str
    room: str = ""
    host: str = ""
    visibility: Visibility = "public"
    community: str = ""
    cancelled: bool = False
    moved: bool = False
    coming: Count = 0
    waiting: Count = 0
    capacity: Count | None = None
    part: Part | None = None
    answer: Reply | None = None
    place: Count = 0
    lookalike: bool = False


class ListedAnswer(Struct, frozen=True, kw_only=True):
    """What somebody, a person by id, said."""

    person: str
    answer: Reply


class ShownEvent(Struct, frozen=True, kw_only=True):
    """A calendar event as one person may see it.

    ``version`` counts its changes; a change names the one that it is based on. ``organisers`` and
    ``speakers`` are persons by id, those who have agreed to it; ``asked`` are those who have not
    yet, ``asked_to_organise`` which of them shall organise and not just speak, and ``invited`` who
    was invited: organisers are told all, everybody else only of themselves. ``may_change`` says
    whether the person may change it. ``answer`` is their own to the whole of it. ``lookalike`` is
    as in lists.
    """

    id: str
    version: Count
    title: str
    agenda: tuple[str, ...] = ()
    start: str
    zone: str
    minutes: Count
    recurrence: Recurrence | None = None
    room: str = ""
    capacity: Count | None = None
    visibility: Visibility = "public"
    community: str = ""
    organisers: tuple[str, ...] = ()
    speakers: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    asked_to_organise: tuple[str, ...] = ()
    invited: tuple[str, ...] = ()
    cancelled: bool = False
    notice: str = ""
    may_change: bool = False
    answer: Reply | None = None
    lookalike: bool = False
