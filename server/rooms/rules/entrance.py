"""The rule of the entrance: who may come in, and what guests may do inside.

Like the lock it is for newcomers: who takes back a seat, the rightful host and who comes as
co-host pass.
"""

from __future__ import annotations

import time

from roomcli.errors import CommandRefused
from roomcli.protocol.entrance import ClaimPattern, claims_words, parse_pattern
from roomcli.protocol.people import MODERATORS, Person, Role

from . import journal as j
from .newcomer import CheckedClaim, Newcomer
from .participants import Participant
from .state import RoomState

DAY = 24 * 3600.0


def judge_entrance(
    state: RoomState, person: Person, newcomer: Newcomer, now: float
) -> list[j.JournalEvent]:
    """Return what somebody uses up by coming in. Raises CommandRefused for who may not."""
    missing = what_is_missing(state, person, newcomer, now)
    if missing is None:
        return []
    if state.let_in.get(person.key, 0.0) > now:
        return [j.LetInUsed(key=person.key)]
    if state.settings.knock:
        text = str(missing) if missing.code == "knock_needed" else f"{missing}, or knock"
        raise CommandRefused("knock_needed", text)
    raise missing


def what_is_missing(
    state: RoomState, person: Person, newcomer: Newcomer, now: float
) -> CommandRefused | None:
    """Return the refusal of somebody who does not fulfil the room's rule; None if they do."""
    rule, name = state.settings, state.name
    if is_on_list(state, person):
        return None
    if rule.guests == "off" and newcomer.is_guest:
        text = f"{name} takes no guests: make a profile first, or prove a claim"
        return CommandRefused("no_guests", text)
    if rule.members and not newcomer.is_member:
        return _members_only(name)
    if rule.claimed and not any(_fits(each, state, newcomer, now) for each in rule.claimed):
        return CommandRefused("claim_needed", _claim_needed(state, newcomer, now))
    if rule.entrance.asks:
        return None
    if rule.allowed:
        text = f"{name} is for people on its list: ask a host to put you there"
        return CommandRefused("not_on_list", text)
    if rule.knock:
        return CommandRefused("knock_needed", f"everybody knocks at {name}")
    return None


def is_on_list(state: RoomState, person: Person) -> bool:
    """Whether the room lets somebody in by name, whatever it asks of others."""
    return person.id in state.settings.allowed or person.key in state.settings.allowed


def judge_rightful_host(state: RoomState, person: Person, newcomer: Newcomer) -> None:
    """Raise CommandRefused ``members_only`` for a host who has left the room's community."""
    if state.settings.members and not newcomer.is_member and not is_on_list(state, person):
        raise _members_only(state.name)


def role_inside(state: RoomState, role: Role, newcomer: Newcomer) -> Role:
    """Return the role in which somebody comes in who would have this one."""
    only_listens = newcomer.is_guest and state.settings.guests == "listen"
    return "listener" if only_listens and role not in MODERATORS else role


def only_listens(state: RoomState, someone: Participant) -> bool:
    """Whether somebody is a guest, and guests stay in the audience."""
    return someone.is_guest and state.settings.guests == "listen"


def judge_guest(state: RoomState, me: Participant, someone: Participant) -> None:
    """Raise CommandRefused ``guests_listen`` if somebody may not ask, or be asked, to speak."""
    if not only_listens(state, someone):
        return
    if me.person == someone.person:
        text = "guests only listen here: make a profile, or prove a claim, and come in anew"
    else:
        text = f"{state.who(someone).full_name} is a guest, and guests only listen here"
    raise CommandRefused("guests_listen", text)


def _members_only(room: str) -> CommandRefused:
    text = f"{room} is for members of its community: join that first"
    return CommandRefused("members_only", text)


def _fits(text: str, state: RoomState, newcomer: Newcomer, now: float) -> bool:
    pattern = parse_pattern(text)
    counted = (each for each in newcomer.claims if state.settings.by_device or not each.by_device)
    return pattern is not None and any(_meets(each, pattern, now) for each in counted)


def _meets(claim: CheckedClaim, pattern: ClaimPattern, now: float) -> bool:
    if pattern.kind == "any":
        return True
    is_at = (claim.kind, claim.at) == (pattern.kind, pattern.at)
    return is_at and now - claim.since >= pattern.days * DAY


def _claim_needed(state: RoomState, newcomer: Newcomer, now: float) -> str:
    """Return what is missing; of an account that is too young, from when on it counts and why."""
    text = f"{state.name} is for people with {claims_words(state.settings.claimed)}"
    for pattern in map(parse_pattern, state.settings.claimed):
        for claim in newcomer.claims:
            if pattern and pattern.days and (claim.kind, claim.at) == (pattern.kind, pattern.at):
                when = time.strftime("%Y-%m-%d", time.gmtime(claim.since))
                why = f"{claim.at} says" if claim.by_forge else "this server first saw it then"
                return f"{text}; yours counts from {when}, {why}"
    return f"{text}: prove that first"
