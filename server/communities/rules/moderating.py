"""What owners and moderators do with people: roles, removals, bans. Each is in the log."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from roomcli.errors import CommandRefused
from roomcli.protocol.commands import communities as cc
from roomcli.protocol.community import CommunityRole
from roomcli.protocol.durations import rounded_up
from roomcli.protocol.people import BanNotice, Person
from roomcli.protocol.text import MAX_REASON, cleaned

from . import journal as j
from .record import Who, logged, named
from .state import (
    MAX_COMMUNITY_BANS,
    MAX_MODERATORS,
    MAX_OWNERS,
    RANK,
    Community,
    CommunityBan,
)

ModeratingCommand = (
    cc.SetCommunityRole
    | cc.HandOverCommunity
    | cc.RemoveMember
    | cc.BanFromCommunity
    | cc.LiftCommunityBan
)


def decide_moderating(
    state: Community, actor: Person, command: ModeratingCommand, now: float, who: Who
) -> list[j.CommunityJournal]:
    """Return the events of a command about a person. Raises CommandRefused."""
    person = command.person
    match command:
        case cc.SetCommunityRole(role=role):
            return _set_role(state, actor, person, role, now, who)
        case cc.HandOverCommunity():
            return _hand_over(state, actor, person, now, who)
        case cc.RemoveMember(reason=reason):
            if person not in state.members:
                return []
            reason = cleaned(reason, MAX_REASON)
            entry = logged(state, now, "remove", actor, named(who, person), reason=reason)
            return [entry, j.MemberGone(person=person, removed=True, reason=reason)]
        case cc.BanFromCommunity():
            return _keep_out(state, actor, command, now, who)
        case cc.LiftCommunityBan():
            if person not in state.bans:
                return []
            entry = logged(state, now, "unban", actor, named(who, person))
            return [entry, j.LetInAgain(person=person)]


def _set_role(
    state: Community, actor: Person, person: str, role: CommunityRole, now: float, who: Who
) -> list[j.CommunityJournal]:
    before = _role_of_member(state, person)
    if before == role:
        return []
    if person == actor.id:
        if RANK[role] > RANK[before]:
            raise CommandRefused("not_allowed", "nobody raises themselves: an owner can")
        if before == "owner" and len(state.with_role("owner")) == 1:
            text = "you are its only owner: hand it over, or leave"
            raise CommandRefused("last_owner", text)
    elif state.role_of(actor.id) != "owner":
        raise CommandRefused("not_allowed", "only its owners give and take roles")
    elif before == "owner":
        raise CommandRefused("not_allowed", "an owner steps down themselves: nobody is above them")
    _judge_number(state, role)
    detail = f"from {before} to {role}"
    entry = logged(state, now, "set_role", actor, named(who, person), detail=detail)
    return [entry, j.CommunityRoleSet(person=person, role=role, by=actor.id)]


def _hand_over(
    state: Community, actor: Person, person: str, now: float, who: Who
) -> list[j.CommunityJournal]:
    before = _role_of_member(state, person)
    if person == actor.id:
        return []
    entry = logged(state, now, "hand_over", actor, named(who, person))
    events: list[j.CommunityJournal] = [entry]
    if before != "owner":
        events.append(j.CommunityRoleSet(person=person, role="owner", by=actor.id))
    return [*events, j.CommunityRoleSet(person=actor.id, role="moderator", by=actor.id)]


def _keep_out(
    state: Community, actor: Person, command: cc.BanFromCommunity, now: float, who: Who
) -> list[j.CommunityJournal]:
    person = command.person
    target = who(person)
    if target is None:
        if state.relation(person) is None:
            raise CommandRefused("no_such_person", "this server knows nobody of that id")
        target = Person(person, person)
    over: list[j.CommunityJournal] = [
        j.LetInAgain(person=id)
        for id, each in state.bans.items()
        if not each.notice.holds(now) and id != person
    ]
    if len(state.bans) - len(over) >= MAX_COMMUNITY_BANS and person not in state.bans:
        text = f"{MAX_COMMUNITY_BANS} people are banned already: lift some of the bans"
        raise CommandRefused("too_many_bans", text)
    reason = cleaned(command.reason, MAX_REASON)
    notice = BanNotice(
        person=person,
        key=target.key,
        name=target.name,
        at=now,
        until=None if command.seconds is None else now + command.seconds,
        reason=reason,
        by=actor.full_name,
    )
    length = "for good" if command.seconds is None else f"for {rounded_up(command.seconds)}"
    entry = logged(state, now, "ban", actor, target, detail=length, reason=reason)
    return [*over, entry, j.KeptOut(person=person, ban=CommunityBan(notice=notice))]


def banned_too(
    state: Community, actor: Person, ban: CommunityBan, others: Iterable[Person], now: float
) -> list[j.CommunityJournal]:
    """Return the events that ban those who were the same person as the banned one until lately.

    Who stands as high as the one who bans, or higher, stays.
    """
    events: list[j.CommunityJournal] = []
    for each in others:
        held = state.bans.get(each.id)
        is_below = state.rank_of(each.id) < state.rank_of(actor.id)
        if is_below and each.id != actor.id and (held is None or not held.notice.holds(now)):
            notice = replace(ban.notice, person=each.id, key=each.key, name=each.name)
            events.append(j.KeptOut(person=each.id, ban=CommunityBan(notice=notice)))
    return events


def _role_of_member(state: Community, person: str) -> CommunityRole:
    role = state.role_of(person)
    if role is None:
        raise CommandRefused("no_such_person", "that person is no member of this community")
    return role


def _judge_number(state: Community, role: CommunityRole) -> None:
    most = {"owner": MAX_OWNERS, "moderator": MAX_MODERATORS}.get(role)
    if most is not None and len(state.with_role(role)) >= most:
        raise CommandRefused("too_many_roles", f"a community has at most {most} {role}s")
