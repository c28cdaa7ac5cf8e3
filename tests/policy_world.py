"""A room that is watched by everybody in it: what must hold of it at every moment.

A world is a room, its clock, its journal, and for everybody in it the view that their client would
have, advanced by nothing but what they were told.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from msgspec.structs import replace

from roomcli.errors import Refused
from roomcli.protocol.events import InvitedToStage, InviteSettled
from roomcli.protocol.people import MODERATORS
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
    evolve,
    may_speak,
    next_wake,
    project,
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
