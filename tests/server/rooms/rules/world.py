"""A room that is watched by everybody in it, with checks of what must always hold.

A world has a room, its clock, its journal, and for everybody in the room the view that their client
would have, which advances only by what they are told.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import msgspec
from msgspec.structs import replace

from roomcli.errors import CommandRefused
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.chat import CHAT_KEPT
from roomcli.protocol.moderation_log import LogEntry, first_fault
from roomcli.protocol.people import MODERATORS, Person, Role
from roomcli.protocol.times import HOST_GRACE, KEEP_SEAT
from roomcli.protocol.view import RoomView
from server.people.skeleton import skeletons
from server.rooms.rules import (
    PULSE,
    SLOT_REST,
    CheckedClaim,
    Limits,
    Newcomer,
    RoomState,
    evolve,
    may_speak,
    next_wake,
    project,
    tick,
    view,
)
from server.rooms.rules import journal as j
from server.rooms.rules.state import KNOCK_NEWS

from .play import assert_same_view, told
from .script import key_of

NAMES = {
    "a": "Hanna",
    "b": "hanna",
    "c": "H\u0430nna",
    "d": "HANNA",
    "e": "Pe",
    "f": "\u0420\u0435",
    "g": "Pg",
}
PEOPLE = {id: Person(id.upper(), name, key=key_of(id)) for id, name in NAMES.items()}
PEOPLE |= {"h": Person("C", "Ph", key=key_of("c")), "i": Person("A", "Hanna", key=key_of("a"))}
"""Everybody who may come, by their seats; two are the second seat of a person, one of whom comes to
it under a new name.

Most have names that read the same, some in letters of another script.
"""
IDS = list(PEOPLE)
MEMBERS = ("b", "d", "f")
CLAIMS = {
    "c": CheckedClaim("organisation", "acme.example"),
    "d": CheckedClaim("forge", "git.example", since=1_700_000_000.0 - 9 * 24 * 3600),
}
KNOWN = (*CLAIMS, "e", "h")
NEWCOMERS = {
    id: Newcomer(
        is_guest=id not in KNOWN,
        is_member=id in MEMBERS,
        claims=(CLAIMS[id],) if id in CLAIMS else (),
    )
    for id in IDS
}
"""What is known of everybody when they come."""
PATTERNS = {"anyone@acme.example": "c", "git.example/anyone+9d": "d", "git.example/anyone+10d": ""}
"""The patterns of claims that a room may ask for, and who fits them."""
SMALL = Limits(people=7, stage=4, front_row=3, hands=4)
PASSWORD = "the hash of the password"
CODES = {
    "ended", "locked", "room_full", "stage_full", "not_allowed", "no_such_person", "no_hand",
    "no_stage_invitation", "not_on_stage", "silenced", "bad_reaction", "hands_off", "queue_full",
    "banned",
    "no_guests", "members_only", "claim_needed", "not_on_list", "knock_needed", "guests_listen",
    "no_knocking", "knocking", "turned_away",
    "chat_off", "slow_mode", "no_such_message",
    "no_such_room", "bad_invite", "password_needed", "wrong_password",
}  # fmt: skip
RANK: dict[Role, int] = {"listener": 0, "speaker": 1, "cohost": 2, "host": 3}

Cause = tuple[str, c.RoomCommand] | str | None
"""Why something happens: a command, an entry by id, or time (None)."""


def frozen(state: RoomState) -> bytes:
    """Return a snapshot; equal bytes mean equal states, the order of everything included."""
    return msgspec.msgpack.encode(state)


class World:
    """A room in which things happen, watched by everybody in it."""

    def __init__(self, stage: int = 4, access: str = "open") -> None:
        self.limits = replace(SMALL, stage=stage)
        self.now = 1_700_000_000.0
        owner = PEOPLE["a"].key
        self.state = RoomState.new("standup", access, self.limits, owner=owner, at=self.now)
        self.log: list[LogEntry] = []
        self.spoke: dict[str, float] = {}
        self.views: dict[str, RoomView] = {}
        self.freed: dict[int, float] = {}
        self.pulsed_at = 0.0
        self.knocks_told_at = 0.0
        self.snapshots = [frozen(self.state)]
        self.journal: list[bytes] = []

    def happen(self, what: Callable[[], list[j.JournalEvent]], cause: Cause = None) -> None:
        """Let the events of ``what`` happen; check that ``cause`` explains all of them."""
        before, heard, image = self.state, self.heard(), frozen(self.state)
        refusal: CommandRefused | None = None
        try:
            events = what()
        except CommandRefused as no:
            events, refusal = [], no
        assert refusal is None or (refusal.code in CODES and str(refusal))
        assert frozen(self.state) == image, "a decision changed the state it looked at"
        for event in events:
            self.see(event)
        opens = {cause[0]} if isinstance(cause, tuple) and isinstance(cause[1], c.Unmute) else set()
        assert self.heard() - heard <= opens, "a microphone opened by itself"
        for id, someone in self.state.participants.items():
            was = before.participants.get(id)
            if RANK[someone.role] > RANK[was.role if was else "listener"]:
                assert self.explained(before, cause, id), f"{id} is {someone.role} by no rule"
        self.check()

    def fulfils(self, id: str) -> bool:
        """Whether somebody who comes now fulfils the room's rule, or was let in a moment ago."""
        rule, person = self.state.settings, PEOPLE[id]
        if {person.id, person.key} & set(rule.allowed):
            return True
        asked = [
            rule.guests != "off" or id in KNOWN,
            not rule.members or id in MEMBERS,
            not rule.claimed or id in [PATTERNS[each] for each in rule.claimed],
        ]
        something = rule.guests == "off" or rule.members or rule.claimed
        if all(asked) and (something or not (rule.allowed or rule.knock)):
            return True
        return self.now < self.state.let_in.get(person.key, 0.0)

    def explained(self, before: RoomState, cause: Cause, id: str) -> bool:
        """Whether a rule allows that this person now has a higher role than before."""
        role = self.state.participants[id].role
        match cause:
            case None:
                was = before.participants[id]
                return role == "host" and was.role == "cohost" and self.state.hosts == (id,)
            case str():
                return cause == id
            case (actor, c.AcceptStageInvitation()):
                return actor == id and id in before.stage_invitations and role == "speaker"
            case (actor, c.AcceptHand(id=target)):
                accepted = actor in before.moderators and before.has_hand(id)
                return accepted and target == id and role == "speaker"
            case (actor, c.MakeCohost(id=target)):
                return actor in before.hosts and target == id and role == "cohost"
            case (actor, c.HandOver(id=target)):
                return actor in before.hosts and target == id and role == "host"
        return False

    def see(self, event: j.JournalEvent) -> None:
        """Apply an event, and check that everybody who stays can follow it by what they hear."""
        before, after = self.state, evolve(self.state, event)
        self.watch_slots(before, after)
        for viewer in before.participants.keys() & after.participants.keys():
            news = project(before, event, viewer)
            assert PASSWORD.encode() not in msgspec.msgpack.encode(news)
            moderator = viewer in before.moderators or viewer in after.moderators
            for each in news:
                if isinstance(each, e.Knocked | e.KnockSettled):
                    assert moderator, "told of who knocks"
                if isinstance(each, e.InvitedToStage | e.StageInvitationSettled):
                    assert moderator or each.id == viewer, "told of somebody else's invitation"
            self.views[viewer] = told(self.views[viewer], news)
            assert_same_view(told(view(before, viewer), news), view(after, viewer))
        for newcomer in after.participants.keys() - before.participants.keys():
            self.views[newcomer] = view(after, newcomer)
        if isinstance(event, e.ModerationLogged):
            self.log.append(event.entry)
        if isinstance(event, j.Pulsed):
            assert event.at - self.pulsed_at >= PULSE
            self.pulsed_at = event.at
            self.spoke.clear()
        if isinstance(event, j.KnocksTold):
            assert event.at - self.knocks_told_at >= KNOCK_NEWS
            self.knocks_told_at = event.at
        if isinstance(event, j.LetInUsed):
            assert before.let_in[event.key] > self.now
        if isinstance(event, j.Departed):
            assert event.id not in after.participants
        self.state = after
        self.journal.append(msgspec.msgpack.encode(event))
        self.snapshots.append(frozen(after))

    def watch_slots(self, before: RoomState, after: RoomState) -> None:
        """Check that slots rest before they change hands, and then change their generation."""
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
        """Return the people whose microphones are open."""
        return {id for id in IDS if may_speak(self.state, id) is not None}

    def check(self) -> None:
        """Check what holds at every moment."""
        state = self.state
        on_stage = {id: each for id, each in state.participants.items() if each.role != "listener"}
        assert sorted(on_stage) == sorted(state.stage)
        held = [each.slot for each in on_stage.values()]
        assert len(set(held)) == len(held) <= self.limits.stage
        assert {s.holder: n for n, s in enumerate(state.slots) if s.holder} == {
            id: each.slot for id, each in on_stage.items()
        }
        assert all(hand.id in state.participants for hand in state.hands)
        assert not {hand.id for hand in state.hands} & on_stage.keys()
        self.check_house()
        self.check_door()
        self.check_names()
        self.check_people()
        assert state.stage_invitations.keys() <= state.participants.keys() - on_stage.keys()
        assert set(state.dropped) == {
            id for id, each in state.participants.items() if not each.connected
        }
        assert all(each.muted for id, each in state.participants.items() if id not in on_stage)
        assert state.left_front_row.keys() <= state.front_row.keys() - state.participants.keys()
        timed = state.settings.floor_seconds > 0
        for each in on_stage.values():
            assert (each.turn_ends_at is not None) == (timed and each.role == "speaker")
        for id in IDS:
            gate = may_speak(state, id)
            speaker = on_stage.get(id)
            open_to = speaker and speaker.connected and not (speaker.muted or state.is_silenced(id))
            assert (gate is not None) == (bool(open_to) and not state.ended)
            assert gate is None or (speaker and gate == (speaker.slot, speaker.generation))
        for id in state.participants:
            seen = view(state, id)
            assert PASSWORD.encode() not in msgspec.msgpack.encode(seen)
            assert_same_view(self.views[id], seen)
            if on_stage.get(id) is None or on_stage[id].role not in MODERATORS:
                assert seen.stage_invitations.keys() <= {id}
            else:
                assert seen.stage_invitations == state.stage_invitations

    def check_house(self) -> None:
        """Check what holds at every moment for the queue, doors, chat and log."""
        state = self.state
        assert len(state.hosts) <= 1
        fair = state.settings.order == "fair"
        order = [(int(hand.spoken) if fair else 0, hand.at) for hand in state.hands]
        assert order == sorted(order)
        assert len(state.hands) <= self.limits.hands + 1  # who returns has their place
        assert state.settings.hands != "invited" or not state.hands
        for someone in state.participants.values():
            ban = state.bans.get(state.who(someone).key)
            assert ban is None or (ban.until is not None and ban.until <= self.now)
        assert state.owner not in state.bans
        for each in state.room_invites.values():
            assert (
                each.invite.uses is None
                or each.invite.used == len(each.used_by) <= each.invite.uses
            )
        assert len(state.chat) <= min(CHAT_KEPT, state.chat_count)
        assert state.log_count == len(self.log)
        assert not self.log or state.log_head == self.log[-1].hash

    def check_door(self) -> None:
        """Check what holds between events for those who knock, and for guests inside."""
        state = self.state
        assert not (state.locked and state.knocks)
        assert state.settings.knock or not state.knocks
        told = {each for each, knock in state.knocks.items() if knock.is_told}
        assert not any(state.knocks[each].is_hidden for each in told)
        for id in state.participants:
            shown = view(state, id).knockers
            assert shown.keys() == (told if id in state.moderators else set())
        for someone in state.participants.values():
            if someone.is_guest and state.settings.guests == "listen":
                assert someone.role == "listener"
                assert not state.has_hand(someone.id)
                assert someone.id not in state.stage_invitations

    def check_names(self) -> None:
        """Check what holds at every moment for names that read the same."""
        state = self.state
        alike: dict[str, list[str]] = {}
        for id in state.seats:
            for each in skeletons(state.people[id].name):
                alike.setdefault(each, []).append(id)
        index = {
            each: {tail: sorted(ids) for tail, ids in by_tail.items()}
            for each, by_tail in state.namesakes.items()
        }
        assert index == {
            each: {
                tail: sorted(id for id in ids if state.people[id].tail == tail)
                for tail in {state.people[id].tail for id in ids}
            }
            for each, ids in alike.items()
        }
        rank = {state.people[id].key: 0 for id in state.seats}
        for someone in state.participants.values():
            key = state.who(someone).key
            mine = 4 if key == state.owner else RANK[someone.role] if someone.is_moderator else 0
            rank[key] = max(rank[key], mine)
        for one, other in combinations({i for ids in alike.values() for i in ids}, 2):
            a, b = state.people[one], state.people[other]
            if not set(skeletons(a.name)) & set(skeletons(b.name)):
                continue
            assert a.tail != b.tail, "two people are shown by the same words"
            assert all(each.key.endswith(each.tail) for each in (a, b))
            assert rank[a.key] <= rank[b.key] or b.tail, "the lower one passes for the higher one"
            assert rank[b.key] <= rank[a.key] or a.tail, "the lower one passes for the higher one"
        for message in state.chat:
            author = state.people[message.person]
            assert message.name != author.name or message.tail == author.tail

    def check_people(self) -> None:
        """Check that the room knows exactly those persons whom it names, and all their seats."""
        state = self.state
        seats: dict[str, list[str]] = {}
        for id, someone in state.participants.items():
            assert someone.id == id
            seats.setdefault(someone.person, []).append(id)
        assert {id: sorted(each) for id, each in state.seats.items()} == {
            id: sorted(each) for id, each in seats.items()
        }
        named = {each.person for each in state.departed.values()}
        named |= {each.person for each in state.chat}
        named |= {*state.front_row.values(), *seats}
        for invitation in state.stage_invitations.values():
            named |= {invitation.person, invitation.by}
        assert state.people.keys() == named

    def pass_time(self, seconds: float) -> None:
        """Let time pass; check that nothing is due before the moment that ``next_wake`` named."""
        wake = next_wake(self.state, self.now, self.spoke)
        assert wake is None or wake >= self.now
        self.now += seconds
        if wake is None or self.now < wake:
            assert tick(self.state, self.now, self.spoke) == []
        elif seconds or wake < self.now:
            assert tick(self.state, self.now, self.spoke) != []

    def tick(self) -> None:
        """Let everything happen that has become due."""
        news_is_held_back = self.now < self.state.pulsed_at + PULSE
        self.happen(lambda: tick(self.state, self.now, self.spoke))
        state = self.state
        wake = next_wake(state, self.now, self.spoke)
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
        """Check that the journal, replayed from this snapshot on, gives the state."""
        state = msgspec.msgpack.decode(self.snapshots[index], type=RoomState)
        for written in self.journal[index:]:
            state = evolve(state, msgspec.msgpack.decode(written, type=j.JournalEvent))
        assert state == self.state
        assert frozen(state) == frozen(self.state)
        assert first_fault(self.log, state.name, state.opened_at) is None
