"""Who is told what of an event: moderators of applications, people of what was done to them."""

from __future__ import annotations

from roomcli.protocol import events as e
from roomcli.protocol.community import OwnStanding
from roomcli.protocol.events import communities as ce

from . import journal as j
from .record import Who, named
from .state import Community
from .visible import visible_to

Told = tuple[tuple[str, ...], e.Event]
"""Persons, by id, and what each of them is told."""


def news_of(
    before: Community, event: j.CommunityJournal, after: Community, now: float, who: Who
) -> list[Told]:
    """Return the news of one event, for those of the receivers who are connected.

    What somebody did themselves is no news to them.
    """
    match event:
        case j.Applied(person=person, application=application):
            if person in before.applications:
                return []
            made = ce.ApplicationMade(
                community=after.id,
                name=after.name,
                person=named(who, person),
                note=application.note,
                waiting=len(after.applications),
            )
            return [((*after.with_role("owner"), *after.with_role("moderator")), made)]
        case j.MemberJoined(person=person) if person in before.applications:
            return _told(after, person, "accepted", "you are a member now", now)
        case j.ApplicationEnded(person=person, declined=True, reason=reason):
            why = _with_reason("your application was declined", reason)
            return _told(before, person, "declined", why, now, then=after)
        case j.InvitedToJoin(person=person, invitation=invitation):
            if invitation.in_vain:
                return []
            return _told(after, person, "invited", "you are invited to join", now)
        case j.InvitationEnded(person=person, withdrawn=True):
            if before.invitations[person].in_vain:
                return []
            text = "the invitation was withdrawn"
            return _told(before, person, "withdrawn", text, now, then=after)
        case j.CommunityRoleSet(person=person, role=role, by=by) if by != person:
            return _told(
                after,
                person,
                "role" if by else "succession",
                f"you are {role} now" if by else "you are its owner now: no other one is left",
                now,
            )
        case j.MemberGone(person=person, removed=True, reason=reason):
            why = _with_reason("a moderator put you out", reason)
            return _told(before, person, "removed", why, now, then=after)
        case j.KeptOut(person=person, ban=ban):
            why = _with_reason("you are banned, from its rooms too", ban.notice.reason)
            return _told(before, person, "banned", why, now, then=after)
        case j.LetInAgain(person=person) if person in before.bans:
            if not before.bans[person].notice.holds(now):
                return []
            return _told(after, person, "ban_lifted", "you are not banned any longer", now)
        case j.CommunityEnded(reason=reason):
            ended = _standing(before, "stranger", "closed", _with_reason("it is closed", reason))
            invited = (id for id, each in before.invitations.items() if not each.in_vain)
            people = (*before.members, *before.applications, *invited)
            return [(people, ended)]
    return []


def _told(
    seen: Community,
    person: str,
    why: ce.WhyChanged,
    text: str,
    now: float,
    then: Community | None = None,
) -> list[Told]:
    """Return the news to somebody who could see the community as ``seen``; else nothing."""
    if visible_to(seen, person, now) is None:
        return []
    you = (then or seen).standing_of(person, now)
    return [((person,), _standing(seen, you, why, text))]


def _standing(
    community: Community, you: OwnStanding, why: ce.WhyChanged, text: str
) -> ce.StandingChanged:
    return ce.StandingChanged(
        community=community.id, name=community.name, you=you, why=why, text=text
    )


def _with_reason(text: str, reason: str) -> str:
    return f"{text}: {reason}" if reason else text
