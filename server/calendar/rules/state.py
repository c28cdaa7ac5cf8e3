"""A calendar event as the server has it: its plan, what was changed, and who answered.

An occurrence is one time that it takes place. In a series it is named by the day on which the
series has it, also when it was moved; what takes place once has the empty name.
"""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct

from roomcli.protocol.calendar import Recurrence, Reply, Visibility
from roomcli.protocol.community import CommunityRole

ONCE = ""
"""The day that stands for all of a series, and for what takes place once."""
MAX_EXCEPTIONS = 100
"""Times of a series that are moved or cancelled one by one."""
MAX_ANSWERS = 5_000
"""People who have answered one calendar event; those who speak or organise do not count."""
MAX_OWN_DAYS = 100
"""Times of a series to which one person has answered one by one, so that others can too."""
MAX_HISTORY = 20
SHOW_HIDDEN = 30 * 86400.0
"""Seconds that calendars are told of what went out of their sight."""
KEEP_ENDED = 90 * 86400.0
"""Seconds that a calendar event is kept after it took place for the last time."""


class Communities(Protocol):
    """What the calendar asks about communities."""

    def role(self, person: str, community: str) -> CommunityRole | None:
        """Return what somebody is in a community; None for who is no member, or was banned."""

    def is_member(self, person: str, community: str) -> bool:
        """Whether somebody is a member, in whatever role."""

    def is_hidden(self, community: str) -> bool:
        """Whether only members may know of a community, or there is none of this name."""

    def communities_of(self, person: str) -> list[str]:
        """Return the communities that somebody is a member of."""

    def shown_name(self, community: str, person: str) -> str:
        """Return how a community is called; empty for who may not know that it is there.

        A stranger is the empty person.
        """


class Plan(Struct, frozen=True, kw_only=True):
    """What organisers decide. ``organisers`` begin with who planned it, who stays one of them."""

    title: str
    agenda: tuple[str, ...] = ()
    start: str
    zone: str
    minutes: int = 60
    recurrence: Recurrence | None = None
    room: str = ""
    capacity: int | None = None
    visibility: Visibility = "public"
    community: str = ""
    organisers: tuple[str, ...]
    speakers: tuple[str, ...] = ()
    invited: tuple[str, ...] = ()


class OccurrenceChange(Struct, frozen=True, kw_only=True):
    """One time of a series was cancelled, or takes place at another local time."""

    moved_to: str = ""
    cancelled: bool = False
    notice: str = ""


class EventAnswer(Struct, frozen=True, kw_only=True):
    """What somebody said; ``number`` counts all answers of a calendar event, in their order."""

    reply: Reply
    number: int


class Withdrawal(Struct, frozen=True, kw_only=True):
    """When and how a calendar event went out of the sight of those who could see it before."""

    at: float
    version: int
    start: str
    zone: str
    minutes: int


class CalendarEvent(Struct, frozen=True, kw_only=True):
    """A calendar event. ``version`` counts the changes of its plan and goes up by one.

    ``agreed`` are those of the organisers and speakers who said that they want to be.
    ``exceptions`` are by day. ``answers`` are by day and person; those under ``ONCE`` are to all of
    a series, and one to a single time of it goes before that. ``opens_room`` says that it took the
    host token: its organisers open the room without it when their time has come. ``history`` says
    of the newest versions who made them, and of which fields. ``withdrawn`` says from whom it was
    hidden, by what they saw it before; ``hidden_from`` are those who had it among theirs and may
    not know of it any longer.
    ``in_vain`` are those who were asked by somebody whom they block: they know nothing of that, and
    organisers see no difference.
    ``origin`` stands for the network from which it was planned; empty where that is not known.
    """

    id: str
    plan: Plan
    planned_at: float
    changed_at: float
    version: int = 1
    agreed: frozenset[str] = frozenset()
    exceptions: dict[str, OccurrenceChange] = {}
    cancelled: bool = False
    notice: str = ""
    opens_room: bool = False
    history: tuple[tuple[int, str, tuple[str, ...]], ...] = ()
    withdrawn: dict[Visibility, Withdrawal] = {}
    hidden_from: dict[str, Withdrawal] = {}
    answered: int = 0
    answers: dict[str, dict[str, EventAnswer]] = {}
    in_vain: frozenset[str] = frozenset()
    origin: str = ""

    @property
    def planner(self) -> str:
        """Who planned it, or has it now; empty when they are gone."""
        return next(iter(self.plan.organisers), "")

    def organises(self, person: str) -> bool:
        """Whether somebody is an organiser, and agreed to it."""
        return person in self.plan.organisers and person in self.agreed

    def speaks(self, person: str) -> bool:
        """Whether somebody is a speaker, and agreed to it."""
        return person in self.plan.speakers and person in self.agreed

    @property
    def named(self) -> frozenset[str]:
        """Those whom organisers asked to come in whatever part, and the organisers themselves."""
        return frozenset((*self.plan.organisers, *self.plan.speakers, *self.plan.invited))

    def asks(self, person: str) -> bool:
        """Whether somebody was asked to come in whatever part, and knows it."""
        return person in self.named and person not in self.in_vain

    def days_of(self, person: str) -> dict[str, EventAnswer]:
        """Return what somebody said to single times, by their days."""
        return {day: each[person] for day, each in self.answers.items() if day and person in each}

    def answer_of(self, person: str, day: str = ONCE) -> EventAnswer | None:
        """Return what somebody said to one time, or else to the whole."""
        one = self.answers.get(day, {}).get(person)
        return one or self.answers.get(ONCE, {}).get(person)
