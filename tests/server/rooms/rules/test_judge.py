"""Tests of the rules against ``law``: every command, by everybody, about everybody."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import get_args

import pytest
from msgspec import convert, to_builtins
from msgspec.structs import replace

from roomcli.errors import CommandRefused
from roomcli.protocol import commands as c
from roomcli.protocol.permissions import PERMISSIONS
from server.rooms.rules import Limits, RoomState, decide, departure, drop, enter, evolve
from server.rooms.rules import journal as j

from .law import AWAY, CAST, HERE, LEFT, ON_STAGE, ROOMS, USUAL, Case
from .play import somebody
from .script import COMMANDS, key_of

NOW = 1_700_000_000.0
GIVEN: dict[str, dict[str, object]] = {
    "react": {"reaction": "👏"},
    "chat": {"text": "hello"},
    "read_chat": {"before": 5},
    "change_settings": {"topic": "lighthouses"},
    "set_password": {"password": "as a hash"},
    "react_wrongly": {"command": "react", "reaction": "hello"},
    "list_left": {"command": "list_people", "of": "left"},
    "change_nothing": {"command": "change_settings"},
    "invite_cohosts": {"command": "make_room_invite", "role": "cohost"},
}
"""Fields of a command for the rows that need some, by the name of the row."""
ROWS = [*COMMANDS, *(row for row in GIVEN if row not in COMMANDS)]
WITH_TARGET = {
    name
    for name, each in COMMANDS.items()
    if {"id", "key", "number"} & set(each.__struct_fields__) and name != "revoke_room_invite"
}


def outcome_by_law(room: str, case: Case) -> str:
    """Return the outcome that the pages of ``law`` say."""
    if room == "ended":
        return "!ended"
    if case[1] not in HERE:
        return "!no_such_person"
    return ROOMS[room].get(case) or USUAL[case]


def command_of(row: str, target: str = "") -> c.RoomCommand:
    """Make the command of a row, about ``target`` if there is one."""
    fields = {"command": row, **GIVEN.get(row, {})}
    if target:
        number = CAST.index(target) + 1  # of zoe there is no message
        fields |= {"id": target, "key": key_of(target), "number": number}
    command: c.RoomCommand = convert(fields, type=c.RoomCommand)
    return command


def outcome_in_fact(room: str, case: Case) -> str:
    """Return the outcome that the rules decide."""
    row, actor, target = case
    try:
        events = decide(ROOM[room](), actor, command_of(row, target), NOW, bytes(16))
    except CommandRefused as refused:
        return f"!{refused.code}"
    tags = [str(to_builtins(each)["event"]) for each in events]
    return "+".join(tags).replace("moderation_logged", "log") or "-"


def evolved(state: RoomState, events: list[j.JournalEvent]) -> RoomState:
    for event in events:
        state = evolve(state, event)
    return state


def after(state: RoomState, row: str, target: str = "", by: str = "ann") -> RoomState:
    """Return the room after a command that somebody gave some seconds ago."""
    return evolved(state, decide(state, by, command_of(row, target), NOW - 2, b"made before"))


@cache
def usual_room() -> RoomState:
    """Return a room with the whole cast in its places."""
    state = RoomState.new("standup", "open", owner=key_of("ann"))
    for id in [*HERE, *LEFT]:
        hand = NOW - 5 if id in ("hob", "dot") else None
        role = ON_STAGE.get(id) or AWAY.get(id, "listener")
        person = somebody(id)
        came = enter(state, id, person, role=role, hand_at=hand, now=NOW - 10)
        state = after(evolved(state, came), "chat", by=id)
    state = after(after(state, "silence", "sid"), "silence", "cyd")
    state = after(state, "unmute", by="ora")
    state = after(after(state, "invite_to_stage", "ivy"), "make_room_invite")
    state = after(state, "ban", "bad")
    for id in ("gus", "meg"):
        state = evolved(state, departure(state, j.Departed(id=id, at=NOW - 1)))
    state = evolved(state, departure(state, j.Departed(id="tom", at=NOW - 1, reason="lost")))
    return evolved(state, drop(state, "dan", NOW - 3) + drop(state, "dot", NOW - 3))


def with_settings(**changes: object) -> RoomState:
    """Return the usual room with settings that were changed a moment ago."""
    changed = convert({"command": "change_settings", **changes}, type=c.RoomCommand)
    return evolved(usual_room(), decide(usual_room(), "ann", changed, NOW - 2, b""))


ROOM: dict[str, Callable[[], RoomState]] = {
    "usual": usual_room,
    "locked": cache(lambda: after(usual_room(), "lock")),
    "full": cache(lambda: replace(usual_room(), limits=Limits(stage=len(ON_STAGE)))),
    "hands off": cache(lambda: with_settings(hands="off")),
    "invited": cache(lambda: with_settings(hands="invited")),
    "chat off": cache(lambda: with_settings(chat=False)),
    "slow": cache(lambda: with_settings(slow_seconds=60)),
    "timed": cache(lambda: with_settings(floor_seconds=60)),
    "stand-in": cache(lambda: replace(usual_room(), owner=key_of("gus"))),
    "ended": cache(lambda: replace(usual_room(), ended=True)),
}


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize("row", ROWS)
def test_the_law(row: str, room: str) -> None:
    cases: list[Case] = [
        (row, actor, target) for actor in CAST for target in (CAST if row in WITH_TARGET else [""])
    ]
    fact = {case: outcome_in_fact(room, case) for case in cases}
    law = {case: outcome_by_law(room, case) for case in cases}
    assert fact == law


def test_no_command_and_no_cell_is_left_out() -> None:
    assert set(PERMISSIONS) == set(get_args(c.RoomCommand))
    assert {row for row, _, _ in USUAL} == set(ROWS)
    for row in ROWS:
        for target in CAST if row in WITH_TARGET else [""]:
            assert {actor for name, actor, about in USUAL if (name, about) == (row, target)} == set(
                HERE
            )
    assert all(case in USUAL for room in ROOMS.values() for case in room)


def test_a_refusal_says_who_may() -> None:
    room = usual_room()
    with pytest.raises(CommandRefused, match="only the host and co-hosts may"):
        decide(room, "sam", command_of("lock"), NOW, b"")
    with pytest.raises(CommandRefused, match="only the host may"):
        decide(room, "bob", command_of("end_room"), NOW, b"")
    with pytest.raises(CommandRefused, match="Cat is a co-host: only the host may"):
        decide(room, "bob", command_of("silence", "cat"), NOW, b"")
    with pytest.raises(CommandRefused, match="use mute"):
        decide(room, "bob", command_of("silence", "bob"), NOW, b"")
