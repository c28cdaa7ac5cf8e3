"""Tests of what must always hold in a room, whatever people do in whatever order.

Hypothesis makes up what happens in a ``world``.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any, get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.people import REACTIONS, Person, Role, Speaker
from server.rooms.rules import (
    Limits,
    RoomState,
    decide,
    drop,
    enter,
    evolve,
    judge_door,
    knock,
    may_speak,
    project,
    resume,
    room_invite_for,
    stop_knocking,
    tick,
)

from .world import IDS, NEWCOMERS, PASSWORD, PATTERNS, PEOPLE, World

Step = Callable[[World], None]

ids = st.sampled_from(IDS)
numbers = st.integers(1, 4)


def link_id(number: int) -> str:
    """Return the id of the room's invite with this number, in the order in which they are made."""
    return base64.b32encode(bytes([number]) * 10).decode().lower()


GIVEN: dict[type[c.RoomCommand], dict[str, st.SearchStrategy[Any]]] = {
    c.React: {"reaction": st.sampled_from([*REACTIONS, "🐍", "hello"])},
    c.Chat: {"text": st.just("hello"), "reply_to": st.none() | numbers},
    c.RemoveMessage: {"number": numbers},
    c.ReadChat: {"before": numbers},
    c.RaiseHand: {"topic": st.sampled_from(["", "on tests"])},
    c.GiveTime: {"seconds": st.sampled_from([10, 60])},
    c.Ban: {"seconds": st.sampled_from([None, 20])},
    c.Unban: {"key": st.sampled_from([each.key for each in PEOPLE.values()])},
    c.SetPassword: {"password": st.sampled_from(["", PASSWORD])},
    c.MakeRoomInvite: {
        "role": st.sampled_from(["listener", "speaker", "cohost"]),
        "uses": st.sampled_from([None, 1]),
        "seconds": st.sampled_from([60, 600]),
    },
    c.RevokeRoomInvite: {"id": st.none() | st.builds(link_id, numbers)},
    c.ListPeople: {"of": st.sampled_from(["audience", "left"])},
    c.ChangeSettings: {
        "hands": st.sampled_from([None, None, "on", "off", "invited"]),
        "order": st.sampled_from([None, "fifo", "fair"]),
        "floor_seconds": st.sampled_from([None, 0, 20]),
        "chat": st.sampled_from([None, True, True, False]),
        "slow_seconds": st.sampled_from([None, 0, 10]),
        "capacity": st.sampled_from([None, 3, 7, 100]),
        "max_bitrate": st.sampled_from([None, 12, 96]),
        "guests": st.sampled_from([None, None, "on", "listen", "off"]),
        "members": st.sampled_from([None, None, None, False, True]),
        "claimed": st.none() | st.lists(st.sampled_from([*PATTERNS]), max_size=2).map(tuple),
        "allowed": st.sampled_from([None, None, (), ("C",), (PEOPLE["g"].key,)]),
        "knock": st.sampled_from([None, None, True, False]),
    },
    c.AnswerKnock: {
        "id": st.sampled_from([each.id for each in PEOPLE.values()]),
        "let_in": st.booleans(),
    },
}


def _command(kind: type[c.RoomCommand]) -> st.SearchStrategy[c.RoomCommand]:
    given = GIVEN.get(kind, {})
    if "id" in kind.__struct_fields__ and "id" not in given:
        given = {"id": st.sampled_from([*IDS, "nobody"]), **given}
    return st.builds(kind, **given)


# Moderators at work, people minding their own business, and anybody trying anything. What ends
# everything is rare, so that most stories go on for a while.
USUAL = [each for each in get_args(c.RoomCommand) if each not in (c.EndRoom, c.LeaveRoom)]
MODERATING = [each for each in USUAL if "id" in each.__struct_fields__]
HOUSEKEEPING: list[type[c.RoomCommand]] = [
    c.ChangeSettings,
    c.ChangeSettings,
    c.LowerAllHands,
    c.Lock,
    c.Unlock,
    c.SetPassword,
    c.MakeRoomInvite,
    c.MakeRoomInvite,
    c.RevokeRoomInvite,
    c.Unban,
    c.RemoveMessage,
]
THEIR_OWN: list[type[c.RoomCommand]] = [
    c.Mute,
    c.Unmute,
    c.Unmute,
    c.RaiseHand,
    c.RaiseHand,
    c.AcceptStageInvitation,
    c.LeaveStage,
    c.React,
    c.Chat,
    c.RemoveMessage,
]


def commands(kinds: list[type[c.RoomCommand]]) -> st.SearchStrategy[c.RoomCommand]:
    """Return a strategy for commands of these kinds.

    The kind is drawn first: of alternatives in one_of the first is drawn far too often.
    """
    return st.sampled_from(kinds).flatmap(_command)


def _come(id: str, hand: float | None, invite: int, password: bool | None) -> Step:
    """Let somebody come in for the first time, through the door."""
    person = PEOPLE[id]

    def step(world: World) -> None:
        state = world.state
        if id in state.participants:
            return
        link = room_invite_for(state, link_id(invite), person.key, world.now)

        def events() -> list[Any]:
            made = link_id(invite) if invite else None
            judge_door(state, link=link, invite=made, password=password)
            return enter(
                state,
                id,
                person,
                role=link.invite.role if link else "listener",
                hand_at=None if hand is None else world.now - hand,
                link=link.invite.id if link else None,
                now=world.now,
                newcomer=NEWCOMERS[id],
            )

        fulfils, is_moderator = world.fulfils(id), bool(link and link.invite.role == "cohost")
        world.happen(events, id)
        if id in world.state.participants:
            assert fulfils or is_moderator, "somebody came in against the rule"

    return step


def _come_back(id: str, role: Role, hand: float | None) -> Step:
    """Let somebody take their seat again, and the owner of the room the host's."""
    person = PEOPLE[id]

    def step(world: World) -> None:
        state = world.state
        if role == "host" and person.key != state.owner:
            return
        seat = next((h for h in state.hosts if state.participants[h].person == person.id), id)
        if role == "host" and seat in state.participants:
            world.happen(lambda: resume(state, seat, person, world.now))
            return
        world.happen(
            lambda: enter(
                state,
                id,
                person,
                role=role,
                hand_at=None if hand is None else world.now - hand,
                now=world.now,
                newcomer=NEWCOMERS[id],
                restored=True,
            ),
            id,
        )

    return step


def _knock(id: str, blocked: bool) -> Step:
    return lambda world: world.happen(
        lambda: knock(
            world.state,
            PEOPLE[id],
            NEWCOMERS[id],
            world.now,
            network=id,
            is_blocked=blocked,
        )
    )


def _stop_knocking(id: str) -> Step:
    return lambda world: world.happen(lambda: stop_knocking(world.state, PEOPLE[id].id))


def _do(actor: str, command: c.RoomCommand) -> Step:
    def step(world: World) -> None:
        made = sum(entry.action == "make_room_invite" for entry in world.log)
        entropy = bytes([made + 1]) * 16
        state, now = world.state, world.now
        world.happen(lambda: decide(state, actor, command, now, entropy), (actor, command))

    return step


def _resume(id: str) -> Step:
    return lambda world: world.happen(lambda: resume(world.state, id, PEOPLE[id], world.now))


def _drop(id: str) -> Step:
    return lambda world: world.happen(lambda: drop(world.state, id, world.now))


def _blip(id: str, again: Step) -> Step:
    """Let a connection be lost and made again before anything else happens."""

    def step(world: World) -> None:
        _drop(id)(world)
        again(world)

    return step


def _wait(seconds: float, ticking: bool) -> Step:
    def step(world: World) -> None:
        world.pass_time(seconds)
        if ticking:
            world.tick()

    return step


def _speak(id: str, seconds: float) -> Step:
    def step(world: World) -> None:
        if may_speak(world.state, id) is not None:
            world.spoke[id] = world.spoke.get(id, 0.0) + seconds
        _wait(seconds, True)(world)

    return step


hands = st.none() | st.sampled_from([0.5, 9.0])
roles: st.SearchStrategy[Role] = st.sampled_from(
    ["listener", "listener", "speaker", "cohost", "host"]
)


def returns(who: st.SearchStrategy[str]) -> st.SearchStrategy[Step]:
    """Return a strategy for people who come back, in whatever role the server gives them."""
    return st.builds(_come_back, who, roles, hands)


arrivals = st.builds(_come, ids, hands, st.integers(0, 4), st.sampled_from([None, True, False]))
entries = arrivals | returns(ids)
waits = st.builds(_wait, st.sampled_from([0.0, 0.1, 0.25, 1.0, 1.0, 29.0, 31.0]), st.booleans())
moderation = st.builds(_do, st.sampled_from("aab"), commands(MODERATING))
house = st.builds(_do, st.sampled_from("aab"), commands(HOUSEKEEPING))
actions = st.builds(_do, ids, commands(THEIR_OWN))
connections = st.one_of(
    st.builds(_drop, ids),
    ids.flatmap(lambda id: st.builds(_blip, st.just(id), st.builds(_resume, st.just(id)))),
    ids.flatmap(lambda id: st.builds(_blip, st.just(id), returns(st.just(id)))),
)
ways = {
    "moderate": (10, moderation),
    "keep house": (5, house),
    "act": (8, actions),
    "speak": (3, st.builds(_speak, ids, st.sampled_from([0.5, 1.0, 30.0]))),
    "connect": (4, connections),
    "enter": (5, entries),
    "knock": (3, st.builds(_knock, ids, st.booleans())),
    "answer": (2, st.builds(_do, st.sampled_from("aab"), commands([c.AnswerKnock]))),
    "wait no longer": (1, st.builds(_stop_knocking, ids)),
    "wait": (6, waits),
    "try": (2, st.builds(_do, ids, commands(USUAL))),
    "end": (1, st.builds(_do, ids, commands([c.LeaveRoom, c.LeaveRoom, c.LeaveRoom, c.EndRoom]))),
}
steps: st.SearchStrategy[Step] = st.sampled_from(
    [name for name, (weight, _) in ways.items() for _ in range(weight)]
).flatmap(lambda name: ways[name][1])
prologue = [
    _come_back("a", "host", None),
    _come_back("b", "cohost", None),
    _come_back("c", "listener", None),
    _come_back("d", "listener", 1.0),
    _come_back("e", "listener", None),
    _do("a", c.MakeRoomInvite(uses=1)),
    _come("f", None, 1, None),
    _come_back("g", "listener", None),
    _do("a", c.AcceptHand(id="d")),
    _do("b", c.InviteToStage(id="c")),
    _do("b", c.InviteToStage(id="e")),
    _do("d", c.Unmute()),
    _wait(0.0, True),
]


@settings(derandomize=True, max_examples=80)
@given(
    story=st.lists(steps, min_size=20, max_size=60),
    stage=st.integers(3, 5),
    access=st.sampled_from(["open", "open", "invite"]),
    data=st.data(),
)
def test_whatever_happens(story: list[Step], stage: int, access: str, data: st.DataObject) -> None:
    world = World(stage, access)
    for step in [*prologue, *story]:
        step(world)
    world.replay(data.draw(st.integers(0, len(world.journal)), label="snapshot"))


def test_whoever_comes_on_stage_has_neither_hand_nor_invitation() -> None:
    world = World()
    for step in prologue:
        step(world)
    world.happen(lambda: decide(world.state, "c", c.RaiseHand(), world.now, b""))
    speaker = Speaker("c", "C", "speaker", slot=3, generation=1)
    world.happen(lambda: [e.StageJoined(speaker=speaker)], "c")
    assert world.views["c"].stage_invitations == {}
    assert world.views["c"].hands == ()


def test_generations_wrap() -> None:
    state = RoomState.new("standup", "open", Limits(stage=1))
    for round in range(300):
        now = 1000.0 + 2 * round
        (entered, joined) = enter(
            state, "a", Person("A", "Ann"), role="host", hand_at=None, now=now
        )
        state = evolve(evolve(state, entered), joined)
        assert state.participants["a"].generation == (round + 1) % 256
        for event in decide(state, "a", c.LeaveRoom(), now, b""):
            state = evolve(state, event)


def test_a_big_room_is_not_told_of_one_listener() -> None:
    state = RoomState.new("standup", "open")
    for number in range(3000):
        person = Person(f"P{number}", "Pat", key=f"{number:032x}")
        for event in enter(state, f"p{number}", person, role="listener", hand_at=None, now=1000.0):
            assert project(state, event, "p0") == []
            state = evolve(state, event)
    for event in tick(state, 1001.0):
        state = evolve(state, event)
    assert len(state.front_row) == 50
    assert state.audience == 3000
    for event in drop(state, "p7", 1002.0):
        assert project(state, event, "p0") == []
        state = evolve(state, event)
    assert [type(each).__name__ for each in tick(state, 1003.0)] == [
        "ParticipantLeft",
        "ParticipantJoined",
        "Pulsed",
    ]
