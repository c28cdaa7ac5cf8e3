"""Events about communities: answers to the asker, and news for those whom they concern."""

from __future__ import annotations

from typing import Literal

from ..community import CommunityCard, CommunityDetails, CommunityPerson, OwnStanding, PeopleList
from ..moderation_log import LogEntry
from ..people import Count, Person
from ..times import Seconds
from .base import DeskEvent

WhyChanged = Literal[
    "accepted", "declined", "invited", "withdrawn", "role", "succession", "removed", "banned",
    "ban_lifted", "closed",
]  # fmt: skip
"""What was done, that somebody stands otherwise in a community."""


class CommunitiesListed(DeskEvent, frozen=True, kw_only=True):
    """A page of communities by name; ``total`` is how many there are to be seen."""

    of: Literal["mine", "discoverable"]
    communities: tuple[CommunityCard, ...]
    offset: Count = 0
    total: Count = 0


class CommunityShown(DeskEvent, frozen=True, kw_only=True):
    """What a community is, for the asker."""

    community: CommunityDetails


class CommunityPeople(DeskEvent, frozen=True, kw_only=True):
    """A page of a community's people, in order of coming; ``total`` is how many there are."""

    community: str
    of: PeopleList
    people: tuple[CommunityPerson, ...]
    offset: Count = 0
    total: Count = 0


class CommunityLog(DeskEvent, frozen=True, kw_only=True):
    """A page of a community's moderation log, in order; ``more`` says whether the log goes on.

    The first entry is chained to ``chained_to`` and ``founded_at``.
    """

    community: str
    entries: tuple[LogEntry, ...]
    chained_to: str
    founded_at: Seconds
    more: bool = False


class ApplicationMade(DeskEvent, frozen=True, kw_only=True):
    """Somebody applied to a community that one moderates; ``waiting`` is how many do now."""

    community: str
    name: str
    person: Person
    note: str = ""
    waiting: Count = 0


class StandingChanged(DeskEvent, frozen=True, kw_only=True):
    """One stands otherwise in a community than before, by somebody else's doing.

    ``why`` says what was done: ``closed`` to all members. ``text`` is for a person.
    """

    community: str
    name: str
    you: OwnStanding
    why: WhyChanged
    text: str


CommunityEvent = (
    CommunitiesListed
    | CommunityShown
    | CommunityPeople
    | CommunityLog
    | ApplicationMade
    | StandingChanged
)
"""Every event about communities."""
