"""A community as the server knows it: complete and frozen. Persons are named by their ids."""

from __future__ import annotations

from msgspec import Struct

from roomcli.protocol.community import (
    CommunityEntry,
    CommunityHosting,
    CommunityRole,
    OwnStanding,
)
from roomcli.protocol.moderation_log import root
from roomcli.protocol.people import BanNotice

RANK: dict[CommunityRole, int] = {"owner": 2, "moderator": 1, "member": 0}
INVITED_SECONDS = 30 * 86400.0
"""How long an invitation is good."""
MAX_MEMBERS = 10_000
MAX_OWNERS = 10
MAX_MODERATORS = 50
MAX_APPLICATIONS = 500
MAX_INVITATIONS = 500
MAX_COMMUNITY_BANS = 1000
MAX_COMMUNITY_ROOMS = 20


class Membership(Struct, frozen=True, kw_only=True, tag="member"):
    """Somebody belongs to the community; ``agreed`` is the version of its rules they know."""

    at: float
    role: CommunityRole = "member"
    agreed: int = 0


class Application(Struct, frozen=True, kw_only=True, tag="application"):
    """Somebody asks to be a member, with a note, and knows these rules.

    ``origin`` stands for the network from which they came; empty where that is not known.
    """

    at: float
    note: str = ""
    agreed: int = 0
    origin: str = ""


class PersonalInvitation(Struct, frozen=True, kw_only=True, tag="invitation"):
    """A moderator invited somebody; ``in_vain`` if the one whom they invited blocks them.

    Moderators see one like the other. Who blocks the inviter knows of no invitation.
    """

    at: float
    by: str
    in_vain: bool = False

    def is_good(self, now: float) -> bool:
        """Whether the invitation is still good, as moderators see it."""
        return now < self.at + INVITED_SECONDS

    def brings_in(self, now: float) -> bool:
        """Whether the one who is invited may come in by it, and knows of it."""
        return self.is_good(now) and not self.in_vain


class CommunityBan(Struct, frozen=True, kw_only=True, tag="ban"):
    """Somebody is kept out, for good or ``until`` then."""

    notice: BanNotice


Relation = Membership | Application | PersonalInvitation | CommunityBan
"""What somebody is to a community: one of these at most."""


class KeptCommunity(Struct, frozen=True, kw_only=True):
    """What of a community outlives a restart, its people and its log aside.

    ``rooms`` are the names of its rooms, open or not.
    """

    id: str
    name: str
    summary: str = ""
    about: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    rules_version: int = 0
    entry: CommunityEntry = "open"
    hidden: bool = False
    hosting: CommunityHosting = "moderators"
    rooms: tuple[str, ...] = ()
    founded_at: float = 0.0


class Community(KeptCommunity, frozen=True, kw_only=True):
    """The whole state of a community.

    Its people are in the order in which they came; nobody is in two of the lists. ``log_head`` and
    ``log_count`` are the end of its moderation log.
    """

    members: dict[str, Membership] = {}
    applications: dict[str, Application] = {}
    invitations: dict[str, PersonalInvitation] = {}
    bans: dict[str, CommunityBan] = {}
    log_head: str = ""
    log_count: int = 0
    closed: bool = False

    @property
    def log_name(self) -> str:
        """What the first entry of the log is chained to; no room can be called so."""
        return log_name(self.id)

    def role_of(self, person: str) -> CommunityRole | None:
        """Return the role of a member; None for everybody else."""
        member = self.members.get(person)
        return member.role if member is not None else None

    def rank_of(self, person: str) -> int:
        """Return how high somebody stands; below 0 for who is no member."""
        role = self.role_of(person)
        return RANK[role] if role is not None else -1

    def with_role(self, role: CommunityRole) -> list[str]:
        """Return the members with this role, in the order in which they came."""
        return [person for person, each in self.members.items() if each.role == role]

    def relation(self, person: str) -> Relation | None:
        """Return what somebody is to the community, whether it still holds or not."""
        return (
            self.members.get(person)
            or self.applications.get(person)
            or self.invitations.get(person)
            or self.bans.get(person)
        )

    def standing_of(self, person: str, now: float) -> OwnStanding:
        """Return how somebody stands here, as they are told themselves."""
        match self.relation(person):
            case Membership(role=role):
                return role
            case Application():
                return "applied"
            case PersonalInvitation() as invitation if invitation.brings_in(now):
                return "invited"
            case CommunityBan() as ban if ban.notice.holds(now):
                return "banned"
        return "stranger"

    def successor(self) -> str | None:
        """Return who becomes owner when no owner is left; None if there is nobody.

        It is the moderator, or else the member, who has been here longest.
        """
        left = (
            (-RANK[each.role], each.at, person)
            for person, each in self.members.items()
            if each.role != "owner"
        )
        heir = min(left, default=None)
        return heir[2] if heir is not None else None


def log_name(id: str) -> str:
    """Return under which name the log of a community is chained and kept."""
    return f"community {id}"


def new_community(id: str, name: str, at: float) -> Community:
    """Return a community with nobody in it yet."""
    return Community(id=id, name=name, founded_at=at, log_head=root(log_name(id), at))


def kept(community: Community) -> KeptCommunity:
    """Return what is kept of a community itself."""
    names = KeptCommunity.__struct_fields__
    return KeptCommunity(**{name: getattr(community, name) for name in names})
