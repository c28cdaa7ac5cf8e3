"""Who may give which command in a community. Pure.

Whoever may not know of a community is told that there is none, whatever they ask. Then it is
judged whether their role suffices, then whether they outrank whom the command is about.
"""

from __future__ import annotations

from roomcli.errors import CommandRefused
from roomcli.protocol import commands as c
from roomcli.protocol.commands import communities as cc
from roomcli.protocol.community import CommunityRole
from roomcli.protocol.durations import rounded_up

from .state import Community, CommunityBan
from .visible import visible_to

MEMBERS: frozenset[CommunityRole] = frozenset({"owner", "moderator", "member"})
MODERATORS: frozenset[CommunityRole] = frozenset({"owner", "moderator"})
OWNERS: frozenset[CommunityRole] = frozenset({"owner"})

ALLOWED: dict[type[c.Command], frozenset[CommunityRole]] = {
    cc.DescribeCommunity: OWNERS,
    cc.AgreeToRules: MEMBERS,
    cc.AcceptApplication: MODERATORS,
    cc.DeclineApplication: MODERATORS,
    cc.InviteToCommunity: MODERATORS,
    cc.WithdrawCommunityInvitation: MODERATORS,
    cc.SetCommunityRole: MEMBERS,
    cc.HandOverCommunity: OWNERS,
    cc.RemoveMember: MODERATORS,
    cc.BanFromCommunity: MODERATORS,
    cc.LiftCommunityBan: MODERATORS,
    cc.ListCommunityPeople: MEMBERS,
    cc.ReadCommunityLog: MEMBERS,
    cc.AddCommunityRoom: MODERATORS,
    cc.GiveUpCommunityRoom: MODERATORS,
    cc.CloseCommunity: OWNERS,
}
"""The roles that may give a command; those that are not here anybody may who sees the community."""
_OUTRANKING = (cc.RemoveMember, cc.BanFromCommunity)
_WHO_MAY = {
    MEMBERS: "only its members may do that: join first",
    MODERATORS: "only its owners and moderators may do that",
    OWNERS: "only its owners may do that",
}


def judge(state: Community, actor: str, command: c.Command, now: float) -> None:
    """Raise CommandRefused if this person may not give the command."""
    if visible_to(state, actor, now) is None:
        raise no_such_community()
    allowed = ALLOWED.get(type(command))
    role = state.role_of(actor)
    if allowed is not None and role not in allowed:
        raise CommandRefused("not_allowed", _WHO_MAY[allowed])
    is_for_moderators = isinstance(command, cc.ListCommunityPeople) and command.of != "members"
    if is_for_moderators and role not in MODERATORS:
        raise CommandRefused("not_allowed", _WHO_MAY[MODERATORS])
    if isinstance(command, _OUTRANKING):
        if command.person == actor:
            raise CommandRefused("not_allowed", "to go yourself, leave")
        if state.rank_of(command.person) >= state.rank_of(actor):
            text = f"they are {state.role_of(command.person)} too, or above you"
            raise CommandRefused("not_allowed", text)


def no_such_community() -> CommandRefused:
    """Return the refusal for a community that is not there, or that one may not know of."""
    text = "no community of that id is open to you: it may be hidden, or closed"
    return CommandRefused("no_such_community", text)


def banned(ban: CommunityBan, now: float) -> CommandRefused:
    """Return what somebody is told who is kept out."""
    notice = ban.notice
    why = f": {notice.reason}" if notice.reason else ""
    if notice.until is None:
        return CommandRefused("banned", f"you are banned from this community{why}")
    left = notice.until - now
    text = f"you are banned from this community for {rounded_up(left)} more{why}"
    return CommandRefused("banned", text, retry_after=left)
