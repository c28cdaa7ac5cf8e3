"""Commands about what is planned. They need no room."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from ..calendar import (
    Agenda,
    LocalDate,
    LocalTime,
    Minutes,
    Notice,
    PlannedRoom,
    Recurrence,
    Reminding,
    Reply,
    Seats,
    Title,
    Visibility,
    ZoneName,
)
from .base import Command, Id
from .entering import Token

Speakers = Annotated[tuple[Id, ...], Meta(max_length=16)]
Organisers = Annotated[tuple[Id, ...], Meta(max_length=8)]
Invited = Annotated[tuple[Id, ...], Meta(max_length=50)]
BasedOn = Annotated[int, Meta(ge=1, lt=2**53)]
"""The version that a change is based on."""
Cursor = Annotated[str, Meta(max_length=80)]
"""Where a list goes on: what the page before said."""


class PlanEvent(Command, frozen=True, kw_only=True):
    """Plan a calendar event; answered by ``event_shown``.

    ``start`` is a local time of ``zone``. ``capacity`` None is any number. ``organisers`` and
    ``speakers`` are asked whether they agree. ``host_token`` is needed for what everybody may see,
    where opening rooms needs it.
    """

    title: Title
    agenda: Agenda = ()
    start: LocalTime
    zone: ZoneName
    minutes: Minutes = 60
    recurrence: Recurrence | None = None
    room: PlannedRoom = ""
    capacity: Seats | None = None
    visibility: Visibility = "public"
    community: Annotated[str, Meta(max_length=64)] = ""
    organisers: Organisers = ()
    speakers: Speakers = ()
    invited: Invited = ()
    host_token: Token | None = None


class ChangeEvent(Command, frozen=True, kw_only=True):
    """Change or move a calendar event; what is None stays as it is (organisers).

    ``version`` is the one that the change is based on. ``once`` makes a series take place once.
    ``capacity`` 0 is any number. ``notice`` is told to those who come.
    """

    event: Id
    version: BasedOn
    title: Title | None = None
    agenda: Agenda | None = None
    start: LocalTime | None = None
    zone: ZoneName | None = None
    minutes: Minutes | None = None
    recurrence: Recurrence | None = None
    once: bool = False
    room: PlannedRoom | None = None
    capacity: Annotated[int, Meta(ge=0, le=10_000)] | None = None
    visibility: Visibility | None = None
    organisers: Organisers | None = None
    speakers: Speakers | None = None
    invited: Invited | None = None
    notice: Notice = ""
    host_token: Token | None = None


class MoveOccurrence(Command, frozen=True, kw_only=True):
    """Let one time of a series take place at another time (organisers)."""

    event: Id
    version: BasedOn
    day: LocalDate
    start: LocalTime
    notice: Notice = ""


class CancelEvent(Command, frozen=True, kw_only=True):
    """Cancel a calendar event, or with ``day`` one time of a series (organisers)."""

    event: Id
    version: BasedOn
    day: LocalDate | None = None
    notice: Notice = ""


class AnswerEvent(Command, frozen=True, kw_only=True):
    """Say whether one comes, to all of it or with ``day`` to one time of a series.

    Who was asked to speak or to organise agrees by yes, and declines by no.
    """

    event: Id
    answer: Reply
    day: LocalDate | None = None


class ShowEvent(Command, frozen=True, kw_only=True):
    """Ask for a calendar event; answered by ``event_shown``."""

    event: Id


class ListEvents(Command, frozen=True, kw_only=True):
    """Ask for a page of what is planned; answered by ``events_listed``.

    ``of`` "mine" is what one organises, speaks at, was invited to or has not declined; "week" is
    everything that one may see in the next seven days; "community" is what that community has
    planned. Of a series "week" has each time, the others the next one. ``after`` is the ``more`` of
    the page before.
    """

    of: Literal["mine", "week", "community"] = "week"
    community: Annotated[str, Meta(max_length=64)] = ""
    after: Cursor = ""


class ListAnswers(Command, frozen=True, kw_only=True):
    """Ask for a page of who comes (organisers); answered by ``answers_listed``."""

    event: Id
    day: LocalDate | None = None
    offset: Annotated[int, Meta(ge=0, lt=1_000_000)] = 0


class ShowCalendar(Command, frozen=True, kw_only=True):
    """Ask what one chose for one's own calendar; answered by ``calendar_shown``."""


class SetReminder(Command, frozen=True, kw_only=True):
    """Be reminded so many minutes before the start from now on, 0 for never: ``calendar_shown``."""

    minutes: Reminding


class MakeFeed(Command, frozen=True, kw_only=True):
    """Ask for the address of a calendar feed of one's own; the one before ends."""


class RevokeFeed(Command, frozen=True, kw_only=True):
    """Let the address of one's calendar feed be worth nothing from now on."""


class ExportEvents(Command, frozen=True, kw_only=True):
    """Ask for one's own calendar, or for one event, as iCalendar: ``events_exported``."""

    event: Id | None = None


CalendarCommand = (
    PlanEvent
    | ChangeEvent
    | MoveOccurrence
    | CancelEvent
    | AnswerEvent
    | ShowEvent
    | ListEvents
    | ListAnswers
    | ShowCalendar
    | SetReminder
    | MakeFeed
    | RevokeFeed
    | ExportEvents
)
"""Every command about what is planned."""
