"""The community after an event. Pure, and without judgement: what is in the journal happened."""

from __future__ import annotations

from msgspec.structs import asdict, replace

from roomcli.protocol.evolve_view import without

from . import journal as j
from .state import Community, Membership


def evolve(state: Community, event: j.CommunityJournal) -> Community:
    """Return the state after ``event``."""
    match event:
        case j.CommunityDescribed(now=now):
            return replace(state, **asdict(now))
        case j.MemberJoined(person=person, at=at, role=role, agreed=agreed):
            state = _in_no_list(state, person)
            member = Membership(at=at, role=role, agreed=agreed)
            return replace(state, members={**state.members, person: member})
        case j.MemberGone(person=person):
            return replace(state, members=without(state.members, person))
        case j.CommunityRoleSet(person=person, role=role):
            member = replace(state.members[person], role=role)
            return replace(state, members={**state.members, person: member})
        case j.RulesAgreed(person=person, agreed=agreed):
            member = replace(state.members[person], agreed=agreed)
            return replace(state, members={**state.members, person: member})
        case j.Applied(person=person, application=application):
            state = _in_no_list(state, person)
            return replace(state, applications={**state.applications, person: application})
        case j.ApplicationEnded(person=person):
            return replace(state, applications=without(state.applications, person))
        case j.InvitedToJoin(person=person, invitation=invitation):
            state = _in_no_list(state, person)
            return replace(state, invitations={**state.invitations, person: invitation})
        case j.InvitationEnded(person=person):
            return replace(state, invitations=without(state.invitations, person))
        case j.KeptOut(person=person, ban=ban):
            state = _in_no_list(state, person)
            return replace(state, bans={**state.bans, person: ban})
        case j.LetInAgain(person=person):
            return replace(state, bans=without(state.bans, person))
        case j.CommunityLogged(entry=entry):
            return replace(state, log_head=entry.hash, log_count=entry.number)
        case j.CommunityEnded():
            return replace(
                state, members={}, applications={}, invitations={}, bans={}, rooms=(), closed=True
            )


def _in_no_list(state: Community, person: str) -> Community:
    """Return the state in which somebody is in no list."""
    for name in ("members", "applications", "invitations", "bans"):
        people = getattr(state, name)
        if person in people:
            state = replace(state, **{name: without(people, person)})
    return state
