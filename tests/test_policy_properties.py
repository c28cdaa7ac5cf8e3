"""Whatever people do, in whatever order: what must always hold of a room.

A world is a room, its clock, its journal, and for everybody in it the view that their client would
have, advanced by nothing but what they were told. Hypothesis makes up what happens.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from roomcli.errors import Refused
from roomcli.protocol import commands as c
from roomcli.protocol.events import InvitedToStage, InviteSettled, StageJoined
from roomcli.protocol.people import MODERATORS, REACTIONS, Person, Role, Speaker
from roomcli.protocol.room import RoomView
from server.policy import (
    HOST_GRACE,
    KEEP_SEAT,
    PULSE,
    SLOT_REST,
    Departed,
    JournalEvent,
    Limits,
    Pulsed,
    RoomState,
    decide,
    drop,
    enter,
    evolve,
    may_speak,
    next_wake,
    project,
    resume,
    tick,
    view,
)

from .test_policy_play import assert_same_view, told

IDS = list("abcdefghi")
SMALL = Limits(people=7, stage=4, front_row=3)
CODES = {
    "ended", "locked", "room_full", "stage_full", "not_allowed", "no_such_person", "no_hand",
    "no_invite", "not_on_stage", "silenced", "bad_reaction",
}  # fmt: skip


def frozen(state: RoomState) -> bytes:
    """A snapshot; equal bytes mean equal states, the order of everything included."""
    return msgspec.msgpack.encode(state)


class World:
    """A room in which things happen, watched by everybody in it."""

    def __init__(self, stage: int = 4) -> None:
        self.limits = replace(SMALL, stage=stage)
        self.state = RoomState.opened("standup", "open", self.limits)
        self.now = 1_700_000_000.0
        self.views: dict[str, RoomView] = {}
        self.freed: dict[int, float] = {}
        self.pulsed_at = 0.0
        self.snapshots = [frozen(self.state)]
        self.journal: list[bytes] = []

    def happen(self, what: Callable[[], list[JournalEvent]], opens: str | None = None) -> None:
        """Let the events of ``what`` happen; only ``opens`` may open a microphone by it."""
        before, heard = frozen(self.state), self.heard()
        refusal: Refused | None = None
        try:
            events = what()
        except Refused as no:
            events, refusal = [], no
        assert refusal is None or (refusal.code in CODES and str(refusal))
        assert frozen(self.state) == before, "a decision changed the state it looked at"
        for event in events:
            self.see(event)
        assert self.heard() - heard <= {opens}
        self.check()

    def see(self, event: JournalEvent) -> None:
        """One event: everybody who was here and still is follows it by what they are told."""
        before, after = self.state, evolve(self.state, event)
        self.watch_slots(before, after)
        for viewer in before.participants.keys() & after.participants.keys():
            news = project(before, event, viewer)
            moderator = viewer in before.moderators or viewer in after.moderators
            for each in news:
                if isinstance(each, InvitedToStage | InviteSettled):
                    assert moderator or each.id == viewer, "told of somebody else's invitation"
            self.views[viewer] = told(self.views[viewer], news)
            assert_same_view(told(view(before, viewer), news), view(after, viewer))
        for newcomer in after.participants.keys() - before.participants.keys():
            self.views[newcomer] = view(after, newcomer)
        if isinstance(event, Pulsed):
            assert event.at - self.pulsed_at >= PULSE
            self.pulsed_at = event.at
        if isinstance(event, Departed):
            assert event.id not in after.participants
        self.state = after
        self.journal.append(msgspec.msgpack.encode(event))
        self.snapshots.append(frozen(after))

    def watch_slots(self, before: RoomState, after: RoomState) -> None:
        """Slots rest before they change hands, and change their generation when they do."""
        for id in set(before.stage) - set(after.stage):
            slot = before.participants[id].slot
            assert slot is not None
            self.freed[slot] = self.now
        for id in set(after.stage) - set(before.stage):
            someone = after.participants[id]
            assert someone.slot is not None
            assert self.now - self.freed.get(someone.slot, 0.0) >= SLOT_REST
            assert someone.generation == (before.slots[someone.slot].generation + 1) % 256
            assert someone.muted

    def heard(self) -> set[str | None]:
        """Whose microphone is open."""
        return {id for id in IDS if may_speak(self.state, id) is not None}

    def check(self) -> None:
        """What holds at every moment."""
        state = self.state
        on_stage = {id: each for id, each in state.participants.items() if each.role != "listener"}
        assert sorted(on_stage) == sorted(state.stage)
        held = [each.slot for each in on_stage.values()]
        assert len(set(held)) == len(held) <= self.limits.stage
        assert {s.holder: n for n, s in enumerate(state.slots) if s.holder} == {
            id: each.slot for id, each in on_stage.items()
        }
        assert all(hand.person.id in state.participants for hand in state.hands)
        assert not {hand.person.id for hand in state.hands} & on_stage.keys()
        assert [hand.at for hand in state.hands] == sorted(hand.at for hand in state.hands)
        assert state.invites.keys() <= state.participants.keys() - on_stage.keys()
        assert set(state.dropped) == {
            id for id, each in state.participants.items() if not each.connected
        }
        assert all(each.muted for id, each in state.participants.items() if id not in on_stage)
        assert state.left_front_row.keys() <= state.front_row.keys() - state.participants.keys()
        assert len(state.participants) <= SMALL.people + 2  # moderators find room
        for id in IDS:
            gate = may_speak(state, id)
            speaker = on_stage[id].speaker if id in on_stage else None
            open_to = speaker and speaker.connected and not (speaker.muted or speaker.silenced)
            assert (gate is not None) == (bool(open_to) and not state.ended)
            assert gate is None or speaker is not None
            if gate is not None and speaker is not None:
                assert gate == (speaker.slot, speaker.generation)
        for id in state.participants:
            seen = view(state, id)
            assert_same_view(self.views[id], seen)
            if on_stage.get(id) is None or on_stage[id].role not in MODERATORS:
                assert seen.invites.keys() <= {id}
            else:
                assert seen.invites == state.invites

    def pass_time(self, seconds: float) -> None:
        """Time goes by; nothing may be due before the moment that ``next_wake`` named."""
        wake = next_wake(self.state, self.now)
        assert wake is None or wake >= self.now
        self.now += seconds
        if wake is None or self.now < wake:
            assert tick(self.state, self.now) == []
        elif seconds or wake < self.now:
            assert tick(self.state, self.now) != []

    def tick(self) -> None:
        """What has become due happens, all of it."""
        news_is_held_back = self.now < self.state.pulsed_at + PULSE
        self.happen(lambda: tick(self.state, self.now))
        state = self.state
        wake = next_wake(state, self.now)
        assert wake is None or wake > self.now
        if state.ended:
            return
        assert all(
            each.dropped_at is None or self.now < each.dropped_at + KEEP_SEAT
            for each in state.participants.values()
        )
        moderated = any(
            each.connected and each.role in MODERATORS for each in state.participants.values()
        )
        assert (state.closes_at is None) == moderated
        if state.closes_at is not None:
            assert self.now < state.closes_at <= self.now + HOST_GRACE
        if not news_is_held_back:
            audience = [
                each.person for each in state.participants.values() if each.role == "listener"
            ]
            assert state.audience == len(audience)
            assert list(state.front_row.values()) == audience[: SMALL.front_row]
            assert not state.reactions

    def replay(self, index: int) -> None:
        """From any snapshot on, the journal as it was written gives the state."""
        state = msgspec.msgpack.decode(self.snapshots[index], type=RoomState)
        for written in self.journal[index:]:
            state = evolve(state, msgspec.msgpack.decode(written, type=JournalEvent))
        assert state == self.state
        assert frozen(state) == frozen(self.state)


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
