"""What happened in a community. Each event holds all that ``evolve`` needs, times too."""

from __future__ import annotations

from msgspec import Struct

from roomcli.protocol.community import CommunityRole
from roomcli.protocol.moderation_log import LogEntry
from roomcli.protocol.tags import snake_case

from .state import Application, CommunityBan, KeptCommunity, PersonalInvitation


class CommunityFact(Struct, frozen=True, kw_only=True, tag_field="event", tag=snake_case):
    """The base of all events."""


class CommunityDescribed(CommunityFact, frozen=True, kw_only=True):
    """The community says this of itself from now on; its rooms are these."""

    now: KeptCommunity


class MemberJoined(CommunityFact, frozen=True, kw_only=True):
    """Somebody is a member; whatever they were before, they are no longer."""

    person: str
    at: float
    role: CommunityRole = "member"
    agreed: int = 0


class MemberGone(CommunityFact, frozen=True, kw_only=True):
    """Somebody is a member no longer: ``removed`` for a reason, or they left."""

    person: str
    removed: bool = False
    reason: str = ""


class CommunityRoleSet(CommunityFact, frozen=True, kw_only=True):
    """A member has another role: by somebody, or without ``by`` by the rules of succession."""

    person: str
    role: CommunityRole
    by: str = ""


class RulesAgreed(CommunityFact, frozen=True, kw_only=True):
    """A member agreed to a version of the rules."""

    person: str
    agreed: int


class Applied(CommunityFact, frozen=True, kw_only=True):
    """Somebody asks to be a member."""

    person: str
    application: Application


class ApplicationEnded(CommunityFact, frozen=True, kw_only=True):
    """Somebody asks no longer: ``declined`` for a reason, or they took it back."""

    person: str
    declined: bool = False
    reason: str = ""


class InvitedToJoin(CommunityFact, frozen=True, kw_only=True):
    """Somebody is invited."""

    person: str
    invitation: PersonalInvitation


class InvitationEnded(CommunityFact, frozen=True, kw_only=True):
    """Somebody is invited no longer: ``withdrawn`` by a moderator, declined, or too old."""

    person: str
    withdrawn: bool = False


class KeptOut(CommunityFact, frozen=True, kw_only=True):
    """Somebody is banned; whatever they were before, they are no longer."""

    person: str
    ban: CommunityBan


class LetInAgain(CommunityFact, frozen=True, kw_only=True):
    """The ban of somebody is lifted, or has run out."""

    person: str


class CommunityLogged(CommunityFact, frozen=True, kw_only=True):
    """The moderation log has one more entry."""

    entry: LogEntry


class CommunityEnded(CommunityFact, frozen=True, kw_only=True):
    """The community is closed for good."""

    reason: str = ""


CommunityJournal = (
    CommunityDescribed
    | MemberJoined
    | MemberGone
    | CommunityRoleSet
    | RulesAgreed
    | Applied
    | ApplicationEnded
    | InvitedToJoin
    | InvitationEnded
    | KeptOut
    | LetInAgain
    | CommunityLogged
    | CommunityEnded
)
