"""Communities in lines of text."""

from __future__ import annotations

from collections.abc import Iterator

from ...protocol import events as e
from ...protocol.community import (
    CommunityCard,
    CommunityDetails,
    CommunityPerson,
    OwnStanding,
    PeopleList,
)
from ...protocol.durations import in_full
from ...protocol.moderation_log import LogEntry
from .badge_words import with_badges
from .names import as_named

STANDING_WORDS: dict[OwnStanding, str] = {
    "stranger": "",
    "owner": "you own it",
    "moderator": "you moderate it",
    "member": "you are a member",
    "applied": "you applied",
    "invited": "you are invited",
    "banned": "you are banned",
}
ENTRY_WORDS = {
    "open": "everybody may join",
    "application": "one applies to join",
    "invitation": "one joins by invitation",
}
LIST_WORDS: dict[PeopleList, str] = {
    "members": "members",
    "applications": "people who apply",
    "invitations": "people who are invited",
    "bans": "people who are banned",
}


def card_line(card: CommunityCard) -> str:
    """Return a community in a list as one line."""
    parts = [
        as_named(card.name, lookalike=card.lookalike),
        _members(card.members),
        STANDING_WORDS[card.you],
    ]
    parts += ["hidden" if card.hidden else "", card.summary]
    return "; ".join(filter(None, parts))


def community_lines(community: CommunityDetails) -> Iterator[str]:
    """Yield what somebody may know of a community, a line for each thing."""
    yield card_line(community)
    yield from community.about
    if community.ban is not None:
        yield (
            f"You are banned: {community.ban.reason}" if community.ban.reason else "You are banned"
        )
    yield f"Joining: {ENTRY_WORDS[community.entry]}"
    for label, people in (("Owners", community.owners), ("Moderators", community.moderators)):
        if people:
            yield f"{label}: {', '.join(map(with_badges, people))}"
    yield from rule_lines(community)
    if community.rooms:
        who = "members open them" if community.hosting == "members" else "moderators open them"
        yield f"Rooms: {', '.join(community.rooms)} ({who})"
    if community.successor is not None:
        yield f"If the owner goes, {with_badges(community.successor)} becomes owner"
    if community.applications:
        yield f"Waiting for an answer: {community.applications}"


def rule_lines(community: CommunityDetails) -> Iterator[str]:
    """Yield the rules of a community, and whether the user agreed to them as they are."""
    if not community.rules:
        return
    is_member = community.you in ("owner", "moderator", "member")
    changed = is_member and community.agreed != community.rules_version
    yield "Rules (they have changed since you agreed):" if changed else "Rules:"
    for number, rule in enumerate(community.rules, 1):
        yield f"  {number}. {rule}"


def person_line(someone: CommunityPerson, now: float | None = None) -> str:
    """Return somebody in a community's list as one line."""
    who = f"{with_badges(someone.person)} ({someone.person.id})"
    return "; ".join(filter(None, [who, about_person(someone, now)]))


def about_person(someone: CommunityPerson, now: float | None = None) -> str:
    """Return what a community's list says of somebody, beside their name."""
    parts = []
    if someone.role not in (None, "member"):
        parts.append(str(someone.role))
    if someone.until is not None and now is not None:
        parts.append(f"for {in_full(max(1, round(someone.until - now)))} more")
    return "; ".join(filter(None, [*parts, someone.note]))


def logged_line(entry: LogEntry) -> str:
    """Return an entry of a community's log as one line."""
    actor = entry.actor.full_name if entry.actor is not None else "The server"
    target = entry.target.full_name if entry.target is not None else ""
    what = f"{entry.number}. {actor}: {entry.action.replace('_', ' ')} {target}".rstrip()
    detail = f" ({entry.detail})" if entry.detail else ""
    return f"{what}{detail}: {entry.reason}" if entry.reason else f"{what}{detail}"


def standing_line(news: e.StandingChanged) -> str:
    """Return what became of the user in a community as one line."""
    return f"{news.name}: {news.text}"


def application_line(news: e.ApplicationMade) -> str:
    """Return that somebody applied as one line, for a moderator."""
    note = f": {news.note}" if news.note else ""
    waiting = f" ({news.waiting} wait)" if news.waiting > 1 else ""
    return f"{news.name}: {with_badges(news.person)} would like to join{note}{waiting}"


def answer_lines(event: e.ServerMessage) -> Iterator[str]:
    """Yield what is read of an answer about communities; nothing of other events."""
    match event:
        case e.CommunitiesListed(communities=communities, total=total):
            yield f"{total} communities" if total != 1 else "1 community"
            for card in communities:
                yield f"{card_line(card)} ({card.id})"
        case e.CommunityShown(community=community):
            yield from community_lines(community)
        case e.CommunityPeople(of=of, people=people, total=total):
            yield f"{total} {LIST_WORDS[of]}"
            yield from map(person_line, people)
        case e.CommunityLog(entries=entries, more=more):
            yield from map(logged_line, entries)
            if more:
                yield f"It goes on after number {entries[-1].number}"


def _members(number: int) -> str:
    return "1 member" if number == 1 else f"{number} members"
