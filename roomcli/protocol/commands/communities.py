"""Commands about communities. A community is named by its id, a person by theirs."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from ..community import (
    MAX_LINE,
    AboutLines,
    CommunityEntry,
    CommunityHosting,
    CommunityName,
    CommunityRole,
    PeopleList,
    RuleLines,
    RulesVersion,
    Summary,
)
from .base import Command, Id, ShortText
from .entering import RoomName, Token
from .moderation import YEAR

_Offset = Annotated[int, Meta(ge=0, lt=1_000_000)]
_Note = Annotated[str, Meta(max_length=MAX_LINE)]


class FoundCommunity(Command, frozen=True, kw_only=True):
    """Found a community, and own it; answered by ``community_shown``."""

    name: CommunityName
    summary: Summary = ""
    about: AboutLines = ()
    rules: RuleLines = ()
    entry: CommunityEntry = "open"
    hidden: bool = False


class DescribeCommunity(Command, frozen=True, kw_only=True):
    """Change what a community says of itself, or how one gets in; None stays as it is (owners)."""

    community: Id
    name: CommunityName | None = None
    summary: Summary | None = None
    about: AboutLines | None = None
    rules: RuleLines | None = None
    entry: CommunityEntry | None = None
    hidden: bool | None = None
    hosting: CommunityHosting | None = None


class ListCommunities(Command, frozen=True, kw_only=True):
    """Ask for a page of communities: one's own, or those that everybody may find.

    Answered by ``communities_listed``.
    """

    of: Literal["mine", "discoverable"] = "mine"
    offset: _Offset = 0


class ShowCommunity(Command, frozen=True, kw_only=True):
    """Ask what a community is; answered by ``community_shown``."""

    community: Id


class JoinCommunity(Command, frozen=True, kw_only=True):
    """Join a community, or apply with a note to its moderators where that is the way in.

    ``rules`` is the version of its rules that one has read and agrees to.
    """

    community: Id
    rules: RulesVersion = 0
    note: _Note = ""


class AgreeToRules(Command, frozen=True, kw_only=True):
    """Agree to rules that have changed (members)."""

    community: Id
    rules: RulesVersion


class LeaveCommunity(Command, frozen=True, kw_only=True):
    """Leave a community, take an application back, or decline an invitation."""

    community: Id


class AcceptApplication(Command, frozen=True, kw_only=True):
    """Make somebody who applied a member (moderators)."""

    community: Id
    person: Id


class DeclineApplication(Command, frozen=True, kw_only=True):
    """Decline an application (moderators); the applicant is told the reason."""

    community: Id
    person: Id
    reason: ShortText = ""


class InviteToCommunity(Command, frozen=True, kw_only=True):
    """Invite somebody whom the server knows (moderators); they join, or decline by leaving."""

    community: Id
    person: Id


class WithdrawCommunityInvitation(Command, frozen=True, kw_only=True):
    """Take an invitation back (moderators)."""

    community: Id
    person: Id


class SetCommunityRole(Command, frozen=True, kw_only=True):
    """Raise or lower a member whom one outranks (owners), or step down oneself."""

    community: Id
    person: Id
    role: CommunityRole


class HandOverCommunity(Command, frozen=True, kw_only=True):
    """Make a member the owner in one's own place, and become a moderator (owners)."""

    community: Id
    person: Id


class RemoveMember(Command, frozen=True, kw_only=True):
    """Put a member out, who may come again (moderators, of members whom they outrank)."""

    community: Id
    person: Id
    reason: ShortText = ""


class BanFromCommunity(Command, frozen=True, kw_only=True):
    """Keep somebody out of a community and all its rooms (moderators), member or not.

    ``seconds`` is the length of the ban; None is for good.
    """

    community: Id
    person: Id
    seconds: Annotated[int, Meta(ge=1, le=YEAR)] | None = None
    reason: ShortText = ""


class LiftCommunityBan(Command, frozen=True, kw_only=True):
    """Let somebody in again (moderators)."""

    community: Id
    person: Id


class ListCommunityPeople(Command, frozen=True, kw_only=True):
    """Ask for a page of members, or of another list (moderators): ``community_people``."""

    community: Id
    of: PeopleList = "members"
    offset: _Offset = 0


class ReadCommunityLog(Command, frozen=True, kw_only=True):
    """Ask for the moderation log after entry number ``after`` (members): ``community_log``."""

    community: Id
    after: Annotated[int, Meta(ge=0, lt=2**53)] = 0


class AddCommunityRoom(Command, frozen=True, kw_only=True):
    """Let rooms of a name belong to the community from now on (moderators).

    A room of that name that is open has to be one's own; where opening rooms takes the host token,
    so does this. The rooms of a hidden community get an ending that nobody guesses;
    ``community_shown`` answers with the name.
    """

    community: Id
    room: RoomName
    host_token: Token | None = None


class GiveUpCommunityRoom(Command, frozen=True, kw_only=True):
    """Let rooms of a name belong to the community no longer (moderators)."""

    community: Id
    room: RoomName


class CloseCommunity(Command, frozen=True, kw_only=True):
    """Close a community for good (owners)."""

    community: Id
    reason: ShortText = ""


CommunityCommand = (
    FoundCommunity
    | DescribeCommunity
    | ListCommunities
    | ShowCommunity
    | JoinCommunity
    | AgreeToRules
    | LeaveCommunity
    | AcceptApplication
    | DeclineApplication
    | InviteToCommunity
    | WithdrawCommunityInvitation
    | SetCommunityRole
    | HandOverCommunity
    | RemoveMember
    | BanFromCommunity
    | LiftCommunityBan
    | ListCommunityPeople
    | ReadCommunityLog
    | AddCommunityRoom
    | GiveUpCommunityRoom
    | CloseCommunity
)
"""Every command about communities."""
