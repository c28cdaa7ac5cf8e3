"""Coming in: joining, applying, inviting."""

from __future__ import annotations

from msgspec.structs import replace

from roomcli.errors import CommandRefused
from roomcli.protocol.commands import communities as cc
from roomcli.protocol.community import MAX_LINE
from roomcli.protocol.people import Person
from roomcli.protocol.text import MAX_REASON, cleaned

from ...people.blocks import Blocks
from ...people.giving_way import who_gives_way
from . import journal as j
from .judge import banned
from .record import Who, logged, named
from .state import (
    MAX_APPLICATIONS,
    MAX_INVITATIONS,
    MAX_MEMBERS,
    Application,
    Community,
    CommunityBan,
    PersonalInvitation,
)

JoiningCommand = (
    cc.JoinCommunity
    | cc.AgreeToRules
    | cc.AcceptApplication
    | cc.DeclineApplication
    | cc.InviteToCommunity
    | cc.WithdrawCommunityInvitation
)


def decide_joining(
    state: Community,
    actor: Person,
    command: JoiningCommand,
    now: float,
    who: Who,
    blocks: Blocks,
    origin: str,
) -> list[j.CommunityJournal]:
    """Return the events of a command about coming in. Raises CommandRefused."""
    match command:
        case cc.JoinCommunity():
            return _join(state, actor, command, now, origin)
        case cc.AgreeToRules(rules=rules):
            _judge_rules(state, rules)
            if state.members[actor.id].agreed == rules:
                return []
            return [j.RulesAgreed(person=actor.id, agreed=rules)]
        case cc.AcceptApplication(person=person):
            if person in state.members:
                return []
            return _accept(state, actor, person, now, who)
        case cc.DeclineApplication(person=person, reason=reason):
            if person not in state.applications:
                return []
            reason = cleaned(reason, MAX_REASON)
            # The log is read by all members: whom it was about is not for them.
            entry = logged(state, now, "decline_application", actor, reason=reason)
            return [entry, j.ApplicationEnded(person=person, declined=True, reason=reason)]
        case cc.InviteToCommunity(person=person):
            return _invite(state, actor, person, now, who, in_vain=blocks(person, actor.id))
        case cc.WithdrawCommunityInvitation(person=person):
            if person not in state.invitations:
                return []
            entry = logged(state, now, "withdraw_invitation", actor)
            return [entry, j.InvitationEnded(person=person, withdrawn=True)]


def _join(
    state: Community, actor: Person, command: cc.JoinCommunity, now: float, origin: str
) -> list[j.CommunityJournal]:
    me = actor.id
    if me in state.members:
        return []
    ban = state.bans.get(me)
    if ban is not None and ban.notice.holds(now):
        raise banned(ban, now)
    invitation = state.invitations.get(me)
    invited = invitation is not None and invitation.brings_in(now)
    if state.entry == "invitation" and not invited:
        text = "one joins this community by invitation: ask one of its moderators"
        raise CommandRefused("invitation_needed", text)
    _judge_rules(state, command.rules)
    if state.entry == "open" or invited:
        _judge_size(state)
        return [j.MemberJoined(person=me, at=now, agreed=command.rules)]
    before = state.applications.get(me)
    note = cleaned(command.note, MAX_LINE)
    if before is not None and (before.note, before.agreed) == (note, command.rules):
        return []
    if before is not None:
        again = replace(before, note=note, agreed=command.rules)
        return [j.Applied(person=me, application=again)]
    application = Application(at=now, note=note, agreed=command.rules, origin=origin)
    return [*_place_made(state, origin), j.Applied(person=me, application=application)]


def _place_made(state: Community, origin: str) -> list[j.CommunityJournal]:
    """Return the events that make a place for an application when as many wait as may.

    Raises CommandRefused ``too_many_applications`` where nobody gives way to this network.
    """
    if len(state.applications) < MAX_APPLICATIONS:
        return []
    origins = {person: each.origin for person, each in state.applications.items()}
    last = who_gives_way(origins, origin)
    if last is None:
        text = "too many people wait for an answer of this community: try again later"
        raise CommandRefused("too_many_applications", text)
    reason = "too many people wait for an answer: try again later"
    return [j.ApplicationEnded(person=last, declined=True, reason=reason)]


def _accept(
    state: Community, actor: Person, person: str, now: float, who: Who
) -> list[j.CommunityJournal]:
    application = state.applications.get(person)
    if application is None:
        text = "that person does not apply any longer, or somebody has answered them"
        raise CommandRefused("no_such_application", text)
    _judge_size(state)
    entry = logged(state, now, "accept_application", actor, named(who, person))
    return [entry, j.MemberJoined(person=person, at=now, agreed=application.agreed)]


def _invite(
    state: Community, actor: Person, person: str, now: float, who: Who, *, in_vain: bool
) -> list[j.CommunityJournal]:
    match state.relation(person):
        case Application():
            return _accept(state, actor, person, now, who)
        case CommunityBan() as ban if ban.notice.holds(now):
            text = "that person is banned from this community: lift the ban first"
            raise CommandRefused("not_allowed", text)
        case PersonalInvitation() as invitation if invitation.is_good(now):
            if not invitation.in_vain or in_vain:
                return []
            # It was somebody whom they block who invited them first, and does not learn of that.
            counts = replace(invitation, in_vain=False)
            return [j.InvitedToJoin(person=person, invitation=counts)]
    if person in state.members:
        return []
    if who(person) is None:
        raise CommandRefused("no_such_person", "this server knows nobody of that id")
    old: list[j.CommunityJournal] = [
        j.InvitationEnded(person=id)
        for id, each in state.invitations.items()
        if not each.is_good(now) and id != person
    ]
    if len(state.invitations) - len(old) >= MAX_INVITATIONS:
        text = f"{MAX_INVITATIONS} people are invited already: withdraw some invitations"
        raise CommandRefused("too_many_invitations", text)
    entry = logged(state, now, "invite_to_community", actor)
    invitation = PersonalInvitation(at=now, by=actor.id, in_vain=in_vain)
    return [*old, entry, j.InvitedToJoin(person=person, invitation=invitation)]


def _judge_rules(state: Community, read: int) -> None:
    if read != state.rules_version:
        text = "its rules are others than those that you agreed to: read them first"
        raise CommandRefused("rules_changed", text)


def _judge_size(state: Community) -> None:
    if len(state.members) >= MAX_MEMBERS:
        raise CommandRefused("community_full", "this community takes no more members")
