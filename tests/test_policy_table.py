"""Every command, by everybody, about everybody, in every kind of room: the whole law on one page.

The cast:

    ann, hal    hosts                     lou    a listener
    bob, cat    co-hosts                  hob    a listener with a hand up
    cyd         a silenced co-host        ivy    a listener invited on stage
    sam, ora    speakers, ora unmuted     dot    a listener with a hand up, dropped
    sid, dan    silenced, dropped         zoe    is not in the room

A cell says what happens: the events, ``-`` for nothing, ``!code`` for a refusal.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import get_args

import pytest
from msgspec import convert, to_builtins
from msgspec.structs import replace

from roomcli.errors import Refused
from roomcli.protocol.commands import RoomCommand
from roomcli.protocol.events import Silenced, Unmuted
from roomcli.protocol.people import Person, Role
from server.policy import PERMISSIONS, JournalEvent, RoomState, decide, drop, enter, evolve

NOW = 1_700_000_000.0
ON_STAGE: dict[str, Role] = {
    "ann": "host", "hal": "host", "bob": "cohost", "cat": "cohost", "cyd": "cohost",
    "sam": "speaker", "ora": "speaker", "sid": "speaker", "dan": "speaker",
}  # fmt: skip
AUDIENCE = ["lou", "hob", "ivy", "dot"]
CAST = [*ON_STAGE, *AUDIENCE, "zoe"]
STAGE = "ann hal bob cat cyd sam ora sid dan"

ABOUT_ONESELF = f"""
mute            ora                          muted
mute            ann hal bob cat cyd sam      -
mute            sid dan lou hob ivy dot      -
unmute          ann hal bob cat sam          unmuted
unmute          ora dan                      -
unmute          sid cyd                      !silenced
unmute          lou hob ivy dot              !not_on_stage
raise_hand      {STAGE}                      !not_allowed
raise_hand      lou ivy                      hand_raised
raise_hand      hob dot                      -
lower_hand      {STAGE} lou ivy              -
lower_hand      hob dot                      hand_lowered
accept_invite   {STAGE} lou hob dot          !no_invite
accept_invite   ivy                          invite_settled+stage_joined
decline_invite  {STAGE} lou hob dot          -
decline_invite  ivy                          invite_settled
leave_stage     ann hal                      !not_allowed
leave_stage     bob cat cyd sam ora sid dan  stepped_down
leave_stage     lou hob ivy dot              -
react           {STAGE} lou hob ivy dot      reacted
list_people     {STAGE} lou hob ivy dot      -
leave           {STAGE} lou hob dot          departed
leave           ivy                          invite_settled+departed
lock            ann hal bob cat cyd          room_locked
lock            sam ora sid dan              !not_allowed
lock            lou hob ivy dot              !not_allowed
unlock          ann hal bob cat cyd          -
unlock          sam ora sid dan              !not_allowed
unlock          lou hob ivy dot              !not_allowed
make_invite     ann hal bob cat cyd          -
make_invite     sam ora sid dan              !not_allowed
make_invite     lou hob ivy dot              !not_allowed
end_room        ann hal                      room_ended
end_room        bob cat cyd sam ora sid dan  !not_allowed
end_room        lou hob ivy dot              !not_allowed
"""

# By ann (a host) and bob (a co-host), about whom. Speakers and listeners may do none of it.
ABOUT_OTHERS = f"""
                                         ann                                       bob
accept_hand       {STAGE} lou ivy        !no_hand                                  same
accept_hand       hob dot                hand_lowered+stage_joined                 same
decline_hand      {STAGE} lou ivy        -                                         same
decline_hand      hob dot                hand_lowered                              same
invite_to_stage   {STAGE} ivy            -                                         same
invite_to_stage   lou hob dot            invited_to_stage                          same
move_to_audience  ann hal                !not_allowed                              same
move_to_audience  bob cat cyd            stepped_down                              !not_allowed
move_to_audience  sam ora sid dan        stepped_down                              same
move_to_audience  lou hob ivy dot        -                                         same
silence           ann hal                !not_allowed                              same
silence           bob cat                silenced                                  !not_allowed
silence           cyd                    -                                         !not_allowed
silence           sam ora dan            silenced                                  same
silence           sid                    -                                         same
silence           lou hob ivy dot        !not_on_stage                             same
ask_to_unmute     ann                    -                                         asked
ask_to_unmute     bob                    asked                                     -
ask_to_unmute     hal cat sam dan        asked                                     same
ask_to_unmute     ora                    -                                         same
ask_to_unmute     cyd                    silence_lifted+asked                      !not_allowed
ask_to_unmute     sid                    silence_lifted+asked                      same
ask_to_unmute     lou hob ivy dot        !not_on_stage                             same
remove            ann hal                !not_allowed                              same
remove            bob cat cyd            departed                                  !not_allowed
remove            sam ora sid dan        departed                                  same
remove            lou hob dot            departed                                  same
remove            ivy                    invite_settled+departed                   same
make_cohost       ann hal bob cat cyd    -                                         !not_allowed
make_cohost       sam ora dan            role_changed                              !not_allowed
make_cohost       sid                    silence_lifted+role_changed               !not_allowed
make_cohost       lou                    stage_joined                              !not_allowed
make_cohost       hob dot                hand_lowered+stage_joined                 !not_allowed
make_cohost       ivy                    invite_settled+stage_joined               !not_allowed
hand_over         ann                    -                                         !not_allowed
hand_over         hal                    role_changed                              !not_allowed
hand_over         bob cat sam ora dan    role_changed+role_changed                 !not_allowed
hand_over         sid cyd                silence_lifted+role_changed+role_changed  !not_allowed
hand_over         lou                    stage_joined+role_changed                 !not_allowed
hand_over         hob dot                hand_lowered+stage_joined+role_changed    !not_allowed
hand_over         ivy                    invite_settled+stage_joined+role_changed  !not_allowed
"""

# What is otherwise in a locked room, and on a full stage.
LOCKED = """
lock    ann hal bob cat cyd  -
unlock  ann hal bob cat cyd  room_unlocked
"""
FULL_ONESELF = """
accept_invite  ivy  !stage_full
"""
FULL_OTHERS = """
                              ann          bob
accept_hand  hob dot          !stage_full  same
make_cohost  lou hob ivy dot  !stage_full  !not_allowed
hand_over    lou hob ivy dot  !stage_full  !not_allowed
"""

Case = tuple[str, str, str]
"""Command, actor, target; the target is empty for commands that name nobody."""


def oneself(page: str) -> dict[Case, str]:
    """The cells of a page about oneself."""
    cells: dict[Case, str] = {}
    for name, *actors, outcome in map(str.split, page.strip().splitlines()):
        for actor in actors:
            assert (name, actor, "") not in cells, "said twice"
            cells[name, actor, ""] = outcome
    return cells


def others(page: str) -> dict[Case, str]:
    """The cells of a page about others."""
    cells: dict[Case, str] = {}
    for name, *targets, by_host, by_cohost in map(str.split, page.strip().splitlines()[1:]):
        for target in targets:
            assert (name, "ann", target) not in cells, "said twice"
            cells[name, "ann", target] = by_host
            cells[name, "bob", target] = by_host if by_cohost == "same" else by_cohost
    return cells


NAMES = {str(each.__struct_config__.tag): each for each in get_args(RoomCommand)}
WITH_TARGET = {name for name, each in NAMES.items() if "id" in each.__struct_fields__}
ACTORS = {False: CAST, True: ["ann", "bob", "sam", "lou", "hob", "dan", "zoe"]}
USUAL = {**oneself(ABOUT_ONESELF), **others(ABOUT_OTHERS)}
ROOMS: dict[str, dict[Case, str]] = {
    "usual": {},
    "locked": oneself(LOCKED),
    "full": {**oneself(FULL_ONESELF), **others(FULL_OTHERS)},
    "ended": {},
}


def outcome_by_law(room: str, case: Case) -> str:
    """What the pages above say."""
    name, actor, target = case
    if room == "ended":
        return "!ended"
    if actor == "zoe":
        return "!no_such_person"
    if name in WITH_TARGET and actor not in ("ann", "bob"):
        return "!not_allowed"
    if target == "zoe":
        cohost_may = name not in ("make_cohost", "hand_over")
        return "!no_such_person" if actor == "ann" or cohost_may else "!not_allowed"
    return ROOMS[room].get(case) or USUAL[case]


def command_of(name: str, target: str = "") -> RoomCommand:
    """The command with this name, about this person if any."""
    fields = {"id": target} if target else {"reaction": "👏"} if name == "react" else {}
    command: RoomCommand = convert({"command": name, **fields}, type=RoomCommand)
    return command


def outcome_in_fact(room: str, case: Case) -> str:
    """What the rules decide."""
    name, actor, target = case
    try:
        events = decide(ROOM[room](), actor, command_of(name, target), NOW, b"")
    except Refused as refused:
        return f"!{refused.code}"
    return "+".join(str(to_builtins(each)["event"]) for each in events) or "-"


@cache
def usual_room() -> RoomState:
    """The whole cast at its places."""
    state = RoomState.opened("standup", "open")

    def happen(events: list[JournalEvent]) -> None:
        nonlocal state
        for event in events:
            state = evolve(state, event)

    for id in CAST[:-1]:
        hand = NOW - 5 if id in ("hob", "dot") else None
        role = ON_STAGE.get(id, "listener")
        person = Person(id, id.title())
        happen(enter(state, person, role=role, hand_at=hand, silenced=False, now=NOW - 10))
    happen([Silenced(id="sid", by="ann"), Silenced(id="cyd", by="ann"), Unmuted(id="ora")])
    happen(drop(state, "dan", NOW - 3) + drop(state, "dot", NOW - 3))
    happen(decide(state, "ann", command_of("invite_to_stage", "ivy"), NOW - 2, b""))
    return state


ROOM: dict[str, Callable[[], RoomState]] = {
    "usual": usual_room,
    "locked": lambda: replace(usual_room(), locked=True),
    "full": lambda: replace(usual_room(), limits=replace(usual_room().limits, stage=len(ON_STAGE))),
    "ended": lambda: replace(usual_room(), ended=True),
}


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize("name", NAMES)
def test_the_law(name: str, room: str) -> None:
    cases: list[Case] = [
        (name, actor, target)
        for actor in ACTORS[name in WITH_TARGET]
        for target in (CAST if name in WITH_TARGET else [""])
    ]
    fact = {case: outcome_in_fact(room, case) for case in cases}
    law = {case: outcome_by_law(room, case) for case in cases}
    assert fact == law


def test_the_table_of_permissions_is_whole() -> None:
    assert set(PERMISSIONS) == set(NAMES.values())
    assert {name for name, _, _ in USUAL} == set(NAMES)
    assert all(case in USUAL for room in ROOMS.values() for case in room)


def test_a_refusal_says_who_may() -> None:
    room = usual_room()
    with pytest.raises(Refused, match="only the host and co-hosts may"):
        decide(room, "sam", command_of("lock"), NOW, b"")
    with pytest.raises(Refused, match="only the host may"):
        decide(room, "bob", command_of("end_room"), NOW, b"")
    with pytest.raises(Refused, match="Cat is a co-host: only the host may"):
        decide(room, "bob", command_of("silence", "cat"), NOW, b"")
    with pytest.raises(Refused, match="use mute"):
        decide(room, "bob", command_of("silence", "bob"), NOW, b"")
