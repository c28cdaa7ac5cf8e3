"""Whatever people do, in whatever order: what must always hold of a room.

Hypothesis makes up what happens in a world (see policy_world).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from roomcli.protocol import commands as c
from roomcli.protocol.events import StageJoined
from roomcli.protocol.people import REACTIONS, Person, Role, Speaker
from server.policy import Limits, RoomState, decide, drop, enter, evolve, project, resume, tick

from .policy_world import IDS, World

Step = Callable[[World], None]

ids = st.sampled_from(IDS)


def _command(kind: type[c.RoomCommand]) -> st.SearchStrategy[c.RoomCommand]:
    if "id" in kind.__struct_fields__:
        return st.builds(kind, id=st.sampled_from([*IDS, "nobody"]))
    if kind is c.React:
        return st.builds(kind, reaction=st.sampled_from([*REACTIONS, "🐍"]))
    return st.builds(kind)


# Moderators at work, people minding their own business, and anybody trying anything. What ends
# everything is rare, so that most stories go on for a while.
USUAL = [each for each in get_args(c.RoomCommand) if each not in (c.EndRoom, c.Leave)]
MODERATING = [each for each in USUAL if "id" in each.__struct_fields__]
THEIR_OWN: list[type[c.RoomCommand]] = [
    c.Mute,
    c.Unmute,
    c.Unmute,
    c.RaiseHand,
    c.AcceptInvite,
    c.LeaveStage,
    c.React,
]
anything = st.one_of(*map(_command, USUAL))
moderating = st.one_of(*map(_command, MODERATING))
their_own = st.one_of(*map(_command, THEIR_OWN))
endings = st.builds(c.EndRoom)


def _enter(person: Person, role: Role, hand: float | None, silenced: bool, seat: bool) -> Step:
    def step(world: World) -> None:
        hand_at = None if hand is None else world.now - hand
        world.happen(
            lambda: enter(
                world.state,
                person,
                role=role,
                hand_at=hand_at,
                silenced=silenced,
                now=world.now,
                restored=seat,
            )
        )

    return step


def _do(actor: str, command: c.RoomCommand) -> Step:
    opens = actor if isinstance(command, c.Unmute) else None
    return lambda world: world.happen(
        lambda: decide(world.state, actor, command, world.now, b""), opens
    )


def _resume(id: str) -> Step:
    return lambda world: world.happen(lambda: resume(world.state, id, world.now))


def _drop(id: str) -> Step:
    return lambda world: world.happen(lambda: drop(world.state, id, world.now))


def _blip(id: str, again: Step) -> Step:
    """A connection is lost and made again before anything else happens."""

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


roles: st.SearchStrategy[Role] = st.sampled_from(
    ["listener", "listener", "speaker", "cohost", "host"]
)


def newcomers(who: st.SearchStrategy[str]) -> st.SearchStrategy[Step]:
    """People who come in, in whatever role the server gives them."""
    return st.builds(
        _enter,
        st.builds(Person, id=who, name=st.sampled_from(["Ann", "Bob"])),
        roles,
        st.none() | st.sampled_from([0.5, 9.0]),
        st.booleans(),
        st.booleans(),
    )


entries = newcomers(ids)
waits = st.builds(_wait, st.sampled_from([0.0, 0.1, 0.25, 1.0, 1.0, 29.0, 31.0]), st.booleans())
moderation = st.builds(_do, st.sampled_from("aab"), moderating)
actions = st.builds(_do, ids, their_own)
connections = st.one_of(
    st.builds(_drop, ids),
    ids.flatmap(lambda id: st.builds(_blip, st.just(id), st.builds(_resume, st.just(id)))),
    ids.flatmap(lambda id: st.builds(_blip, st.just(id), newcomers(st.just(id)))),
)
ways = {
    "moderate": (10, moderation),
    "act": (8, actions),
    "connect": (4, connections),
    "enter": (4, entries),
    "wait": (6, waits),
    "try": (2, st.builds(_do, ids, anything)),
    "end": (1, st.builds(_do, st.just("a"), endings) | st.builds(_do, ids, st.builds(c.Leave))),
}
# Drawn by name: of equal alternatives in one_of, all but the first count for nothing.
steps: st.SearchStrategy[Step] = st.sampled_from(
    [name for name, (weight, _) in ways.items() for _ in range(weight)]
).flatmap(lambda name: ways[name][1])
prologue = [
    _enter(Person("a", "Ann"), "host", None, False, False),
    _enter(Person("b", "Bob"), "cohost", None, False, False),
    _enter(Person("c", "Cid"), "listener", None, False, False),
    _enter(Person("d", "Dee"), "listener", 1.0, False, False),
    _enter(Person("e", "Eve"), "listener", None, True, False),
    _do("a", c.AcceptHand(id="d")),
    _do("b", c.InviteToStage(id="c")),
    _do("b", c.InviteToStage(id="e")),
    _do("d", c.Unmute()),
    _wait(0.0, True),
]


@settings(deadline=None, max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(story=st.lists(steps, min_size=5, max_size=40), stage=st.integers(3, 5), data=st.data())
def test_whatever_happens(story: list[Step], stage: int, data: st.DataObject) -> None:
    world = World(stage)
    for step in [*prologue, *story]:
        step(world)
    world.replay(data.draw(st.integers(0, len(world.journal)), label="snapshot"))


def test_whoever_comes_on_stage_has_neither_hand_nor_invitation() -> None:
    world = World()
    for step in prologue:
        step(world)
    world.happen(lambda: decide(world.state, "c", c.RaiseHand(), world.now, b""))
    speaker = Speaker(Person("c", "Cid"), "speaker", slot=3, generation=1)
    world.happen(lambda: [StageJoined(speaker=speaker)])
    assert world.views["c"].invites == {}
    assert world.views["c"].hands == ()


def test_generations_wrap() -> None:
    state = RoomState.opened("standup", "open", Limits(stage=1))
    for round in range(300):
        now = 1000.0 + 2 * round
        (entered, joined) = enter(
            state, Person("a", "Ann"), role="host", hand_at=None, silenced=False, now=now
        )
        state = evolve(evolve(state, entered), joined)
        assert state.participants["a"].generation == (round + 1) % 256
        for event in decide(state, "a", c.Leave(), now, b""):
            state = evolve(state, event)


def test_a_big_room_is_not_told_of_one_listener() -> None:
    state = RoomState.opened("standup", "open")
    for number in range(3000):
        person = Person(f"p{number}", "Pat")
        for event in enter(
            state, person, role="listener", hand_at=None, silenced=False, now=1000.0
        ):
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
