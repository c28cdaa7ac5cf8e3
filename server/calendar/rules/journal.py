"""What happened to a calendar event. Each entry holds all that ``evolve`` needs, times too."""

from __future__ import annotations

from msgspec import Struct

from roomcli.protocol.calendar import Reply
from roomcli.protocol.tags import snake_case

from .state import OccurrenceChange, Plan


class CalendarEntry(Struct, frozen=True, kw_only=True, tag_field="event", tag=snake_case):
    """The base of all entries; ``by`` is the person who did it."""

    id: str
    by: str
    at: float


class EventPlanned(CalendarEntry, frozen=True, kw_only=True):
    """A calendar event is planned; ``opens_room`` by somebody with the host token.

    ``in_vain`` block the planner, and learn nothing of it. ``origin`` stands for their network.
    """

    plan: Plan
    opens_room: bool = False
    in_vain: tuple[str, ...] = ()
    origin: str = ""


class PlanChanged(CalendarEntry, frozen=True, kw_only=True):
    """The plan is another one in these fields.

    ``dropped`` are exceptions and answers of days that the series does not have any more.
    ``hidden_from`` answered it or were named, and may not know of it any longer. ``in_vain`` are
    named anew by somebody whom they block.
    """

    plan: Plan
    fields: tuple[str, ...]
    opens_room: bool = False
    notice: str = ""
    dropped: tuple[str, ...] = ()
    hidden_from: tuple[str, ...] = ()
    in_vain: tuple[str, ...] = ()


class OccurrenceChanged(CalendarEntry, frozen=True, kw_only=True):
    """One time of a series is moved or cancelled."""

    day: str
    change: OccurrenceChange


class EventCancelled(CalendarEntry, frozen=True, kw_only=True):
    """The whole of it is cancelled."""

    notice: str = ""


class EventAnswered(CalendarEntry, frozen=True, kw_only=True):
    """Somebody said whether they come, to one time or under ``ONCE`` to all.

    ``replaces`` are days for which they had said something else.
    """

    day: str
    reply: Reply
    replaces: tuple[str, ...] = ()


class PartAgreed(CalendarEntry, frozen=True, kw_only=True):
    """Somebody wants to be the organiser or speaker that they were asked to be."""


class PartDeclined(CalendarEntry, frozen=True, kw_only=True):
    """Somebody does not want to be organiser or speaker, and is invited instead."""


class SightLost(CalendarEntry, frozen=True, kw_only=True):
    """These people may not know of it any longer: what they are to its community changed."""

    people: tuple[str, ...]


class PersonForgotten(CalendarEntry, frozen=True, kw_only=True):
    """Nothing about somebody is kept here any longer; the event is cancelled if it was theirs."""


class PersonBecame(CalendarEntry, frozen=True, kw_only=True):
    """``by`` is one person with ``into`` from now on.

    If they do not ``organise`` this as one, they are invited to it instead, until the admin agrees.
    """

    into: str
    organises: bool


class OrganiserNamed(CalendarEntry, frozen=True, kw_only=True):
    """The admin agreed that ``by`` organises this, as somebody did whom they became one with."""


CalendarJournal = (
    EventPlanned
    | PlanChanged
    | OccurrenceChanged
    | EventCancelled
    | EventAnswered
    | PartAgreed
    | PartDeclined
    | SightLost
    | PersonForgotten
    | PersonBecame
    | OrganiserNamed
)
