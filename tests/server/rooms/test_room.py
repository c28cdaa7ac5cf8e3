"""Tests that events always give clients the server's view, and the store a whole log.

They hold whatever happens, in whatever order, and whenever it is kept: nobody sees sooner what must
last. Hub, rooms and store are real; only the sockets are missing, and time is the test's.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple, get_args

import trio
import trio.testing
from hypothesis import example, given, settings
from hypothesis import strategies as st

from roomcli.errors import CommandRefused
from roomcli.protocol import codec
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.evolve_view import evolve_view
from roomcli.protocol.moderation_log import first_fault
from roomcli.protocol.people import Person
from roomcli.protocol.view import RoomView
from roomcli.wire.heartbeat import Heartbeat
from server.clock import Clock
from server.nodes.room_journal import RoomOutbox, SpanningJournal
from server.people.identity import new_id
from server.rooms import rules
from server.rooms.handover import HandedRoom, RoomHandover, decode_handover, encode_handover
from server.rooms.hub import Hub
from server.rooms.invites import InviteSeal
from server.rooms.peer import Peer
from server.rooms.reception import Reception
from server.rooms.restoring import restored_room
from server.rooms.room import Room
from server.rooms.room_changes import changed, decode_change
from server.rooms.room_journal import RoomJournal
from server.rooms.rules import RoomState
from server.rooms.rules import effects as f
from server.store import Store
from server.store.reports import FiledReport
from server.store.sqlite import open_store

PEOPLE = 5
ROOM = "standup"


class Wire:
    """Replaces a connection and its stream, and keeps the view of whoever is told."""

    def __init__(self) -> None:
        self.stream = self
        self.joined: e.Joined | None = None
        self.view: RoomView | None = None
        self.voice_dropped = 0

    def push_control(self, frame: bytes) -> None:
        """Take in a WebSocket frame of a server: a head of 2, 4 or 10 bytes, and the message."""
        message = codec.decode_from_server(frame[{126: 4, 127: 10}.get(frame[1], 2) :])
        if isinstance(message, e.Joined):
            assert self.view is None
            self.joined, self.view = message, message.view
        elif isinstance(message, get_args(e.RoomEvent)):
            assert self.view is not None, "an event came before joined"
            self.view = evolve_view(self.view, message)
            assert message.log == self.view.log

    def push_voice(self, frame: bytes) -> None:
        """Ignore voice, since nobody speaks here."""

    def set_quiet(self, quiet: bool) -> None:
        """Ignore it, since nothing is read here."""


class Unkept(NamedTuple):
    """What is to be kept: its transaction, and the room as it was before."""

    transaction: int
    before: RoomState | None


class HeldJournal:
    """The journal of a room that keeps what must last only when it is told to."""

    is_full = is_stuck = False
    is_sure = may_promise = True

    def __init__(self, journal: RoomJournal) -> None:
        self._journal = journal
        self._unkept: list[Unkept] = []
        self._state: RoomState | None = None
        self._progress = trio.Event()

    @property
    def shown(self) -> RoomState:
        """The room as those in it may know it: as it was before what is not kept."""
        shown = self._unkept[0].before if self._unkept else self._state
        assert shown is not None, "nobody is in the room yet"
        return shown

    def keep(self, count: int) -> None:
        """Keep so many transactions more."""
        del self._unkept[:count]
        self._progress.set()
        self._progress = trio.Event()

    def save(self, state: RoomState, saves: Iterable[f.Save]) -> int:
        """Save, and hold what must last."""
        saves = list(saves)
        number = self._journal.save(state, saves)
        if any(isinstance(each, f.LASTING) for each in saves):
            self._unkept.append(Unkept(number, self._state))
        self._state = state
        return number

    async def flushed(self, number: int, until: float) -> None:
        """Wait until a transaction is kept, without end."""
        while any(each.transaction <= number for each in self._unkept):
            await self._progress.wait()

    def file_report(self, report: FiledReport) -> int:
        return self._journal.file_report(report)

    def renew_seats(self, state: RoomState) -> None:
        self._journal.renew_seats(state)


class Somebody:
    """A person with at most one connection at a time."""

    def __init__(self, number: int) -> None:
        self.key = f"key{number}"
        self.name = f"P{number}"
        self.ticket: str | None = None
        self.entered_at = 0
        self.wire = Wire()
        self.peer: Peer | None = None
        self.room: Room | None = None

    async def enter(self, reception: Reception, *, with_ticket: bool, host: bool) -> None:
        """Connect; an earlier connection stays open, as a broken one does."""
        wire: Any = Wire()
        wish = c.EnterRoom(
            room=ROOM,
            intent="host" if host else "join",
            ticket=self.ticket if with_ticket else None,
        )
        person = Person("", self.name, "", self.key)
        peer = Peer(new_id(), self.key, wire, Heartbeat(trio.current_time()), 1)
        try:
            room = await reception.enter(wish, person, peer, "")
        except CommandRefused:
            return
        before, before_room = self.peer, self.room
        self.peer, self.room, self.wire = peer, room, wire
        self.entered_at = room.tellings.position
        if before is not None and before_room is not None:
            before_room.disconnected(before)

    def is_inside(self) -> bool:
        """Whether this person may know by now that they are in the room, and does."""
        assert self.peer is not None
        assert self.room is not None
        if self.room.tellings.is_out(self.entered_at):
            self.peer.send_held()
            assert self.wire.joined is not None
            self.ticket = self.wire.joined.ticket
        return self.peer.is_inside

    def drop(self) -> None:
        """Break the connection."""
        if self.peer is not None and self.room is not None:
            self.room.disconnected(self.peer)
        self.peer = None

    def say(self, command: c.RoomCommand) -> None:
        """Give a command if this person is in the room."""
        if self.peer is not None and self.room is not None:
            with contextlib.suppress(CommandRefused):
                self.room.carry_out(self.peer.id, command)


PLAIN: list[c.RoomCommand] = [
    c.Mute(), c.Unmute(), c.RaiseHand(), c.RaiseHand(topic="on tests"), c.LowerHand(),
    c.AcceptStageInvitation(), c.DeclineStageInvitation(), c.LeaveStage(), c.LowerAllHands(),
    c.Lock(), c.Unlock(),
    c.Chat(text="hello"), c.RemoveMessage(number=1), c.React(reaction="🦑"), c.MakeRoomInvite(),
    c.RevokeRoomInvite(), c.SetPassword(password="a hash"), c.SetPassword(password=""),
    c.LeaveRoom(),
    c.ChangeSettings(hands="invited"), c.ChangeSettings(hands="on", order="fair"),
    c.ChangeSettings(order="fifo", floor_seconds=20), c.ChangeSettings(floor_seconds=0),
]  # fmt: skip
NAMING: list[Callable[..., c.RoomCommand]] = [
    c.AcceptHand, c.DeclineHand, c.InviteToStage, c.MoveToAudience, c.Silence, c.AskToUnmute,
    c.Remove, c.Ban, c.Report, c.GiveTime, c.MakeCohost, c.HandOver,
]  # fmt: skip
who = st.integers(0, PEOPLE - 1)
steps = st.sampled_from(
    ["enter", "drop", "wait", "say", "say", "say about", "say about", "keep", "keep"]
).flatmap(
    {
        "keep": st.tuples(st.just("keep"), st.integers(1, 3)),
        "enter": st.tuples(st.just("enter"), who, st.booleans(), st.booleans()),
        "drop": st.tuples(st.just("drop"), who),
        "wait": st.tuples(st.just("wait"), st.sampled_from([0.01, 0.3, 1.1, 31.0])),
        "say": st.tuples(st.just("say"), who, st.sampled_from(PLAIN)),
        "say about": st.tuples(st.just("say about"), who, st.sampled_from(NAMING), who),
    }.__getitem__
)


async def play(script: list[Any], clock: trio.testing.MockClock) -> None:
    """Do all steps of the script, comparing views after each."""
    people = [Somebody(number) for number in range(PEOPLE)]
    with tempfile.TemporaryDirectory() as folder:
        async with open_store(Path(folder)) as store, trio.open_nursery() as nursery:
            hub = Hub(store, nursery, Clock(), InviteSeal(bytes(32)))
            reception = Reception(hub, store, open_hosting=True)
            outbox = RoomOutbox()
            rooms: list[str] = []

            def new_journal(name: str, local: RoomJournal) -> RoomJournal:
                rooms.append(name)
                spanning = SpanningJournal(name, local, store.seats, outbox, lambda room: True)
                return HeldJournal(spanning)

            hub.new_journal = new_journal
            await people[0].enter(reception, with_ticket=False, host=True)
            room = hub.room(ROOM)
            assert room is not None
            await keep(room, 1)
            compare(people)
            before = encode_handover(await HandedRoom(store).describe(room))
            outbox.take_snapshot()
            for number in range(1, PEOPLE - 1):
                await people[number].enter(reception, with_ticket=False, host=False)
            for step in script:
                match step:
                    case ("enter", number, with_ticket, host):
                        await people[number].enter(reception, with_ticket=with_ticket, host=host)
                    case ("keep", count):
                        await keep(hub.room(ROOM), count)
                    case ("drop", number):
                        people[number].drop()
                    case ("wait", seconds):
                        clock.jump(seconds)
                        await trio.testing.wait_all_tasks_blocked()
                    case ("say", number, command):
                        people[number].say(command)
                    case ("say about", number, command, other):
                        about = people[other].peer
                        people[number].say(command(id=about.id if about else "nobody"))
                compare(people)
            clock.jump(1.0)
            await trio.testing.wait_all_tasks_blocked()
            compare(people)
            await keep(hub.room(ROOM), 1000)
            compare(people)
            changes, _ = outbox.take_changes()
            after = changed(decode_handover(before), map(decode_change, changes))
            room = hub.room(ROOM)
            assert (after is None) == (room is None or room.state.ended or len(rooms) > 1)
            if room is not None and after is not None:
                compare_handovers(after, await HandedRoom(store).describe(room))
                written = await store.log.page(ROOM, room.state.opened_at, 0, 1000)
                assert first_fault(written, ROOM, room.state.opened_at) is None
                assert written[-1].hash == room.state.log_head
                if not room.state.ended:
                    await store.flushed()
                    async with open_store(Path(folder)) as another:
                        await compare_with_store(room.state, another)
            nursery.cancel_scope.cancel()


def journal_of(room: Room) -> HeldJournal:
    """Return what keeps the room."""
    journal = room._journal
    assert isinstance(journal, HeldJournal)
    return journal


async def keep(room: Room | None, count: int) -> None:
    """Keep so many transactions more, and let the room tell of them."""
    if room is not None:
        journal_of(room).keep(count)
        await trio.testing.wait_all_tasks_blocked()


def compare(people: list[Somebody]) -> None:
    """Check that everybody's view is the server's view for them, order included.

    It is that of a room in which nothing has happened yet that is not kept.
    """
    for each in people:
        if each.peer is not None and each.peer.session.cancel_called:
            each.drop()
        if each.peer is None or each.room is None or each.room.state.ended:
            continue
        if not each.is_inside():
            continue
        expected = rules.view(journal_of(each.room).shown, each.peer.id)
        assert each.wire.view == expected
        for field in ("stage", "front_row", "stage_invitations"):
            assert list(getattr(each.wire.view, field)) == list(getattr(expected, field))


def compare_handovers(one: RoomHandover, other: RoomHandover) -> None:
    """Check that changes tell a room as it is: another server would have all of it."""
    known = {each.id: each for each in one.people}
    assert all(known[each.id] == each for each in other.people)
    for field in ("seats", "bans", "silences"):
        assert set(getattr(one, field)) == set(getattr(other, field)), field
    for field in ("room", "chat", "chat_count", "log"):
        assert getattr(one, field) == getattr(other, field), field


async def compare_with_store(state: RoomState, store: Store) -> None:
    """Check that what was saved is the room: a new run of the server would have all of it."""
    kept = await restored_room(store, ROOM, state.pulsed_at, state.limits)
    for field in ("owner", "access", "locked", "settings", "password", "room_invites", "bans",
                  "silences", "chat", "chat_count", "log_head", "log_count"):  # fmt: skip
        assert getattr(kept, field) == getattr(state, field), field
    seats = store.seats.of_room(ROOM)
    raised = {hand.id: (hand.at, hand.topic) for hand in state.hands}
    for id, someone in state.participants.items():
        assert seats[id].role == someone.role
        assert (seats[id].hand_at, seats[id].hand_topic) == raised.get(id, (None, ""))
    returning = {id for id, someone in state.departed.items() if someone.returns}
    assert seats.keys() == state.participants.keys() | returning


@settings(max_examples=60, derandomize=True)
@given(st.lists(steps, min_size=15, max_size=60))
@example([("say about", 0, c.InviteToStage, 1), ("say about", 0, c.MakeCohost, 2)])
def test_every_client_sees_what_the_server_knows(script: list[Any]) -> None:
    clock = trio.testing.MockClock()
    trio.run(play, script, clock, clock=clock)
