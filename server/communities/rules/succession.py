"""What follows when people go: no community is without an owner as long as anybody is in it."""

from __future__ import annotations

from msgspec.structs import replace

from roomcli.protocol.people import Person

from . import journal as j
from .record import Who, after, logged, named
from .state import (
    RANK,
    Application,
    Community,
    CommunityBan,
    Membership,
    PersonalInvitation,
)


def with_succession(
    state: Community, events: list[j.CommunityJournal], now: float, who: Who
) -> list[j.CommunityJournal]:
    """Return ``events``, and what follows if no owner is left after them.

    The moderator, or else the member, who has been here longest becomes owner. When nobody is left,
    the community is closed.
    """
    then = after(state, events)
    if then.closed or then.with_role("owner"):
        return events
    heir = then.successor()
    if heir is None:
        entry = logged(then, now, "close_community", None, reason="nobody is left in it")
        return [*events, entry, j.CommunityEnded(reason="nobody is left in it")]
    entry = logged(then, now, "succession", None, named(who, heir), detail="no owner was left")
    return [*events, entry, j.CommunityRoleSet(person=heir, role="owner")]


def left(state: Community, person: str, now: float, who: Who) -> list[j.CommunityJournal]:
    """Return the events when somebody goes by their own wish, whatever they are here."""
    match state.relation(person):
        case Membership():
            return with_succession(state, [j.MemberGone(person=person)], now, who)
        case Application():
            return [j.ApplicationEnded(person=person)]
        case PersonalInvitation():
            return [j.InvitationEnded(person=person)]
    return []


def forgotten(state: Community, person: str, now: float, who: Who) -> list[j.CommunityJournal]:
    """Return the events when the server forgets somebody: they go, and only a ban stays.

    It stays without their name.
    """
    relation = state.relation(person)
    if isinstance(relation, CommunityBan):
        nameless = replace(relation, notice=replace(relation.notice, name=""))
        return [j.KeptOut(person=person, ban=nameless)] if nameless != relation else []
    return left(state, person, now, who)


def united(
    state: Community, person: str, by: Person, now: float, who: Who
) -> list[j.CommunityJournal]:
    """Return the events when the server learns that two persons are one, known as ``by``.

    A ban of either holds. Of two roles the lower one is theirs; where only the first belongs here,
    they are a member, until an owner says more. What is less than that gives way.
    """
    into = by.id
    theirs, own = state.relation(person), state.relation(into)
    if theirs is None or person == into:
        return []
    events: list[j.CommunityJournal] = []
    match theirs:
        case CommunityBan():
            events.append(j.LetInAgain(person=person))
            is_longer = isinstance(own, CommunityBan) and _is_longer(own, theirs)
            if theirs.notice.holds(now) and not is_longer:
                events.append(_also_banned(theirs, by))
        case Membership():
            events.append(j.MemberGone(person=person))
            match own:
                case Membership() if RANK[theirs.role] < RANK[own.role]:
                    events.append(j.CommunityRoleSet(person=into, role=theirs.role))
                case Membership():
                    pass
                case CommunityBan() if own.notice.holds(now):
                    pass
                case _:
                    agreed = theirs.agreed
                    events.append(j.MemberJoined(person=into, at=theirs.at, agreed=agreed))
        case Application():
            events.append(j.ApplicationEnded(person=person))
            if own is None:
                events.append(j.Applied(person=into, application=theirs))
        case PersonalInvitation():
            events.append(j.InvitationEnded(person=person))
            if own is None:
                events.append(j.InvitedToJoin(person=into, invitation=theirs))
    return with_succession(state, events, now, who)


def split_off(state: Community, person: str, alone: Person, now: float) -> list[j.CommunityJournal]:
    """Return the events when a key becomes a person of its own: a ban holds for them too."""
    ban = state.relation(person)
    if not isinstance(ban, CommunityBan) or not ban.notice.holds(now):
        return []
    return [_also_banned(ban, alone)]


def raised(state: Community, person: Person, rank: int, now: float) -> list[j.CommunityJournal]:
    """Return the events when somebody gets the rank back that was withheld from them."""
    if state.rank_of(person.id) < 0 or state.rank_of(person.id) >= rank:
        return []
    role = next(role for role, each in RANK.items() if each <= rank)
    entry = logged(state, now, "set_role", None, person, detail=f"to {role}, as before")
    return [entry, j.CommunityRoleSet(person=person.id, role=role)]


def _also_banned(ban: CommunityBan, person: Person) -> j.KeptOut:
    notice = replace(ban.notice, person=person.id, key=person.key, name=person.name)
    return j.KeptOut(person=person.id, ban=replace(ban, notice=notice))


def _is_longer(one: CommunityBan, other: CommunityBan) -> bool:
    """Whether the first ban ends after the second, or never."""
    until, than = one.notice.until, other.notice.until
    return until is None or (than is not None and until >= than)
