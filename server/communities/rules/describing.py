"""The community itself: its founding, what it says of itself, its rooms, its end."""

from __future__ import annotations

import base64
from collections.abc import Iterable

from msgspec.structs import replace

from roomcli.errors import CommandRefused
from roomcli.protocol.commands import communities as cc
from roomcli.protocol.community import MAX_LINE, MAX_SUMMARY
from roomcli.protocol.people import Person
from roomcli.protocol.text import MAX_REASON, cleaned

from . import journal as j
from .names import Taken, judge_free, judged_name
from .record import logged
from .state import MAX_COMMUNITY_ROOMS, Community, KeptCommunity, kept, new_community

DescribingCommand = (
    cc.DescribeCommunity | cc.AddCommunityRoom | cc.GiveUpCommunityRoom | cc.CloseCommunity
)
ENTROPY_BYTES = 16
_ENDING = 5
"""Bytes of a random ending, which are 8 letters and digits: 40 bits."""
_ROOM_CHARACTERS = 50
"""Characters of a room's name that are kept before such an ending."""


def found(
    command: cc.FoundCommunity, founder: Person, now: float, *, taken: Taken, entropy: bytes
) -> tuple[Community, list[j.CommunityJournal]]:
    """Return a new community and the events with which it begins. Raises CommandRefused.

    ``entropy`` (16 bytes) makes its id.
    """
    name = judged_name(command.name)
    if not command.hidden:
        judge_free(name, taken)
    state = new_community(entropy[:8].hex(), name, now)
    rules = _cleaned_lines(command.rules)
    described = replace(
        kept(state),
        summary=cleaned(command.summary, MAX_SUMMARY),
        about=_cleaned_lines(command.about),
        rules=rules,
        rules_version=1 if rules else 0,
        entry=command.entry,
        hidden=command.hidden,
    )
    return state, [
        logged(state, now, "found_community", founder, detail=name),
        j.CommunityDescribed(now=described),
        j.MemberJoined(person=founder.id, at=now, role="owner", agreed=described.rules_version),
    ]


def decide_describing(
    state: Community,
    actor: Person,
    command: DescribingCommand,
    now: float,
    *,
    taken: Taken,
    entropy: bytes,
) -> list[j.CommunityJournal]:
    """Return the events of a command about the community itself. Raises CommandRefused."""
    match command:
        case cc.DescribeCommunity():
            return _describe(state, actor, command, now, taken)
        case cc.AddCommunityRoom(room=room):
            if room in state.rooms:
                return []
            if len(state.rooms) >= MAX_COMMUNITY_ROOMS:
                text = f"a community has at most {MAX_COMMUNITY_ROOMS} rooms: give one up first"
                raise CommandRefused("too_many_rooms", text)
            name = unguessable(room, entropy) if state.hidden else room
            rooms = (*state.rooms, name)
            entry = logged(state, now, "add_room", actor, detail=name)
            return [entry, j.CommunityDescribed(now=replace(kept(state), rooms=rooms))]
        case cc.GiveUpCommunityRoom(room=room):
            if room not in state.rooms:
                return []
            rooms = tuple(each for each in state.rooms if each != room)
            entry = logged(state, now, "give_up_room", actor, detail=room)
            return [entry, j.CommunityDescribed(now=replace(kept(state), rooms=rooms))]
        case cc.CloseCommunity():
            reason = cleaned(command.reason, MAX_REASON)
            entry = logged(state, now, "close_community", actor, reason=reason)
            return [entry, j.CommunityEnded(reason=reason)]


def unguessable(room: str, entropy: bytes) -> str:
    """Return the name of a room with a random ending.

    Otherwise a stranger could learn by trying names that a hidden community has rooms here.
    """
    ending = base64.b32encode(entropy[:_ENDING]).decode().lower()
    return f"{room[:_ROOM_CHARACTERS].rstrip('-')}-{ending}"


def _describe(
    state: Community, actor: Person, command: cc.DescribeCommunity, now: float, taken: Taken
) -> list[j.CommunityJournal]:
    before = kept(state)
    then = _described(before, command)
    changed = [
        name
        for name in ("name", "summary", "about", "rules", "entry", "hidden", "hosting")
        if getattr(then, name) != getattr(before, name)
    ]
    if not changed:
        return []
    if not then.hidden and ("name" in changed or before.hidden):
        judge_free(then.name, taken)
    if "rules" in changed:
        then = replace(then, rules_version=before.rules_version + 1)
    detail = ", ".join(changed)
    if "name" in changed:
        detail = f"{detail}; it was {before.name}"
    entry = logged(state, now, "describe_community", actor, detail=detail)
    return [entry, j.CommunityDescribed(now=then)]


def _described(before: KeptCommunity, command: cc.DescribeCommunity) -> KeptCommunity:
    name, summary = command.name, command.summary
    return replace(
        before,
        name=before.name if name is None else judged_name(name),
        summary=before.summary if summary is None else cleaned(summary, MAX_SUMMARY),
        about=before.about if command.about is None else _cleaned_lines(command.about),
        rules=before.rules if command.rules is None else _cleaned_lines(command.rules),
        entry=command.entry or before.entry,
        hidden=before.hidden if command.hidden is None else command.hidden,
        hosting=command.hosting or before.hosting,
    )


def _cleaned_lines(lines: Iterable[str]) -> tuple[str, ...]:
    return tuple(filter(None, (cleaned(each, MAX_LINE) for each in lines)))
