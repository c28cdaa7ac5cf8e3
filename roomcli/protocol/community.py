"""Communities: groups of people with rules, roles, and rooms of their own.

Texts of several lines are tuples of lines: no text on the wire has line breaks.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from .people import BanNotice, Count, Person
from .text import MAX_NAME
from .times import Seconds

CommunityRole = Literal["owner", "moderator", "member"]
"""What a member of a community is, from the highest to the lowest."""
CommunityEntry = Literal["open", "application", "invitation"]
"""How somebody becomes a member; by an invitation it is always possible."""
CommunityHosting = Literal["moderators", "members"]
"""Who may open the rooms of a community; moderators are its owners and moderators."""
OwnStanding = Literal["stranger", "owner", "moderator", "member", "applied", "invited", "banned"]
"""How the viewer stands in a community."""
PeopleList = Literal["members", "applications", "invitations", "bans"]
"""The lists of people that a community has; all but the members are for its moderators."""

MAX_SUMMARY = 100
MAX_LINE = 120
MAX_ABOUT_LINES = 4
MAX_RULES = 10
COMMUNITY_PAGE = 50
"""Communities in one answer."""
COMMUNITY_PEOPLE_PAGE = 100
"""People in one answer."""
COMMUNITY_LOG_PAGE = 50
"""Entries of a community's log in one answer."""

CommunityName = Annotated[str, Meta(min_length=1, max_length=MAX_NAME)]
Summary = Annotated[str, Meta(max_length=MAX_SUMMARY)]
TextLine = Annotated[str, Meta(max_length=MAX_LINE)]
AboutLines = Annotated[tuple[TextLine, ...], Meta(max_length=MAX_ABOUT_LINES)]
RuleLines = Annotated[tuple[TextLine, ...], Meta(max_length=MAX_RULES)]
RulesVersion = Count


class CommunityCard(Struct, frozen=True, kw_only=True):
    """A community in a list. ``members`` is how many it has, ``you`` how the viewer stands.

    ``lookalike`` is true of one whose name reads like that of another community, or of somebody
    verified, or like a domain that somebody proved, unless its owner is among these.
    """

    id: str
    name: str
    summary: str = ""
    entry: CommunityEntry = "open"
    hidden: bool = False
    members: Count = 0
    you: OwnStanding = "stranger"
    lookalike: bool = False


class CommunityDetails(CommunityCard, frozen=True, kw_only=True):
    """A community as one viewer may see it.

    ``rules_version`` goes up with each change of ``rules``; ``agreed`` is the version that the
    viewer agreed to. ``owners`` and ``moderators`` are shown to everybody who sees the community.
    ``rooms``, by name, and ``successor``, who becomes owner if the last one leaves, are for
    members; how many ``applications`` wait is for moderators. ``ban`` is the viewer's own.
    """

    about: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    rules_version: Count = 0
    agreed: Count = 0
    founded_at: Seconds = 0.0
    hosting: CommunityHosting = "moderators"
    owners: tuple[Person, ...] = ()
    moderators: tuple[Person, ...] = ()
    rooms: tuple[str, ...] = ()
    successor: Person | None = None
    applications: Count = 0
    ban: BanNotice | None = None


class CommunityPerson(Struct, frozen=True, kw_only=True):
    """Somebody in a list of a community's people.

    ``at`` is since when they are in it, ``role`` that of a member, ``note`` what an applicant wrote
    or why somebody is banned, ``until`` the end of a ban. ``by`` is who invited or banned them.
    """

    person: Person
    at: Seconds
    role: CommunityRole | None = None
    note: str = ""
    until: Seconds | None = None
    by: str = ""
