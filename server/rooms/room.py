"""A live room: its state, the connections of those in it, and the task that lets time pass.

``rules`` decides, and says what follows; the room sets its state and performs the effects, in one
go: first the saves, then the messages to everyone concerned. What must last is told only once it is
kept (``tellings``).
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterable
from functools import partial
from typing import NamedTuple

import trio
from msgspec.structs import replace

from roomcli.errors import CommandRefused
from roomcli.protocol import codec
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.entrance import entrance_words
from roomcli.protocol.listing import ListedRoom
from roomcli.protocol.people import Person
from roomcli.wire.frames import server_frame

from ..clock import Clock
from ..limits import ServerLimits
from ..people.blocks import Blocks, nobody_blocks
from ..store import Store
from ..streams.batch import StreamBatch
from . import rules
from .fanout import VoiceSubscriber
from .given_again import GivenAgain
from .guesses import Guesses
from .hearers import HearersWatch
from .last_minute import LAST_SECONDS, LastMinute
from .near_voice import NearRoomVoice
from .persistence import Persistence
from .reports import entropy_of, evidence_of, join_heard, report_on
from .room_journal import NewRoomJournal, RoomJournal
from .room_shares import RoomShares
from .room_voice import Accepted, RoomVoice, VoiceRights
from .rules import RoomState
from .rules import effects as f
from .rules import journal as j
from .rules.judge import judge, target_of
from .shares import Shares
from .tellings import Tellings
from .traffic import Traffic
from .visitor import RoomVisitor

log = logging.getLogger(__name__)

LARGE = 900
"""The size of an audience from which on its listeners may be further behind: a little less than
that above which they acknowledge less often, of which they learn with the pulse."""

KEEPS: tuple[str, ...] = (
    "the last minute of voice, in memory; written down only if somebody is reported",
    "the chat, as long as the room is open",
    "what moderators do, in a log that everyone in the room can read",
)
"""What is kept of every room."""


class CarriedOut(NamedTuple):
    """What a command caused: its events, and the transaction to await before it is acknowledged.

    The transaction is 0 if a restart may undo what the command did.
    """

    events: list[j.JournalEvent]
    transaction: int


NewRoomVoice = Callable[[str, int, Accepted], RoomVoice]
"""Makes what carries the voice of a room: of its name, and how many are heard at once."""


KnockHeard = Callable[[e.KnockAnswered], None]
"""Is told the outcome of somebody's knock."""


class Room:
    """One open room with its connections. :meth:`run` owns its tasks.

    ``reported`` is called after a report from the room was filed. ``formerly`` gives those who were
    the same person as somebody until lately: who bans the one bans the others. ``blocks`` says
    whether a person blocks another one, who then invites them on stage in vain, and is not told.
    ``traffic`` counts the voice of all rooms, of which ``limits`` say how much may be sent; it goes
    out with ``batch``. Where others carry the voice, ``new_voice`` makes what does; where more than
    the store keeps what must last, ``new_journal`` does.
    """

    def __init__(
        self,
        state: RoomState,
        store: Store,
        clock: Clock,
        shares: Shares | None = None,
        reported: Callable[[], None] = lambda: None,
        formerly: Callable[[str], Iterable[Person]] = lambda key: (),
        blocks: Blocks = nobody_blocks,
        traffic: Traffic | None = None,
        limits: ServerLimits | None = None,
        batch: StreamBatch | None = None,
        new_voice: NewRoomVoice | None = None,
        new_journal: NewRoomJournal | None = None,
    ) -> None:
        self.state = state
        self._reported = reported
        self._formerly = formerly
        self._blocks = blocks
        self._clock = clock
        self.given_again = GivenAgain(clock)
        """The commands that were carried out lately."""
        journal: RoomJournal = Persistence(store, clock)
        self._journal = journal if new_journal is None else new_journal(state.name, journal)
        self._shares = RoomShares(shares or Shares(), self._journal)
        self.tellings = Tellings(self._journal)
        """What it tells to those who are in it."""
        self._visitors: dict[str, RoomVisitor] = {}
        self._rights = VoiceRights()
        self.voice: RoomVoice = (
            new_voice(state.name, state.limits.heard, self._hear)
            if new_voice is not None
            else NearRoomVoice(
                state.name, state.limits.heard, self._hear, traffic or Traffic(), limits, batch
            )
        )
        self._last_minute = LastMinute()
        self._subscribers: list[VoiceSubscriber] = [self._last_minute]
        self._heard: dict[str, float] = {}
        self._at_door: dict[str, KnockHeard] = {}
        self._untold: list[KnockHeard] = []
        self._changed = trio.Event()
        self.is_given_up = False
        """Whether the room goes on elsewhere, and nobody may come in here any more."""
        self._hearers = HearersWatch(self._visitors, self._on_air, self._person_in, self._push)
        self.cut_short: set[str] = set()
        """Seats of people who are to be told that the room may lack its last moment."""
        self.guesses = Guesses(lambda: self.state.password, state.name, state.limits)

    @property
    def name(self) -> str:
        """The name under which the server has the room."""
        return self.state.name

    @property
    def owner(self) -> str:
        """The key of the rightful host."""
        return self.state.owner

    @property
    def keeps(self) -> tuple[str, ...]:
        """What is kept of what is said here, in the words that everybody who comes is told."""
        return KEEPS

    @property
    def is_listed(self) -> bool:
        """Whether everybody may know of the room."""
        state = self.state
        return state.access == "open" and state.settings.listed and not state.ended

    @property
    def topic(self) -> str:
        """What the room is about, as its moderators say; empty if they say nothing."""
        return self.state.settings.topic

    @property
    def number_of_people(self) -> int:
        """How many seats are taken here, on stage and in the audience."""
        return len(self.state.participants)

    @property
    def number_here(self) -> int:
        """How many of them this machine sends the room's voice."""
        return self.number_of_people - self.voice.people_elsewhere

    @property
    def on_stage(self) -> tuple[str, ...]:
        """The persons on stage, by id, each once, in the order in which they came there."""
        participants = self.state.participants
        return tuple(dict.fromkeys(participants[id].person for id in self.state.stage))

    @property
    def keys_on_stage(self) -> tuple[str, ...]:
        """The keys of the persons on stage, who have other ids on other servers."""
        people = self.state.people
        return tuple(people[person].key for person in self.on_stage)

    def listed(self) -> ListedRoom:
        """Return the room as those who are not in it know it."""
        state = self.state
        return ListedRoom(
            name=state.name,
            topic=state.settings.topic,
            host=state.host_name,
            stage=len(state.stage),
            audience=state.audience_now,
            access=state.access,
            password=bool(state.password),
            locked=state.locked,
            keeps=self.keeps,
            entrance=state.settings.entrance,
            asks=entrance_words(state.settings.entrance),
        )

    @property
    def opened_at(self) -> float:
        """When the room was opened, in seconds since 1970."""
        return self.state.opened_at

    async def run(self) -> None:
        """Forward voice and let time pass until the room ends."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.voice.run)
            nursery.start_soon(self.guesses.run)
            nursery.start_soon(self._hearers.run)
            nursery.start_soon(self.tellings.run)
            await self._let_time_pass()
            nursery.cancel_scope.cancel()

    async def tell_rest(self) -> None:
        """Tell what waits still after the end."""
        await self.tellings.tell_rest()

    # Coming and going.

    def enter(self, peer: RoomVisitor, ticket_hash: str, events: list[j.JournalEvent]) -> None:
        """Bring the peer in by these events; an older connection of the seat is dismissed.

        From now on ``ticket_hash`` is what brings the seat back.
        """
        before = self._visitors.get(peer.id)
        if before is not None:
            text = "you came back from somewhere else"
            self._dismiss(before, e.Goodbye(code="superseded", text=text))
        self._enter(peer, ticket_hash, events)

    def open(self, peer: RoomVisitor, ticket_hash: str, events: list[j.JournalEvent]) -> None:
        """Open the room as the first peer enters it."""
        self._enter(peer, ticket_hash, events, f.SaveRoom())

    def _enter(
        self, peer: RoomVisitor, ticket_hash: str, events: list[j.JournalEvent], *saves: f.Save
    ) -> None:
        self.state, effects = rules.apply(self.state, events)
        seat = rules.seat(self.state, peer.id, ticket_hash, peer.signer)
        self._perform([*saves, *effects, seat])
        self._visitors[peer.id] = peer  # only now: their own coming is in the view that they get
        self.voice.enter(peer)

    def renew_seats(self) -> None:
        """Renew the tickets of those who are here; called every hour."""
        self._journal.renew_seats(self.state)

    def disconnected(self, peer: RoomVisitor) -> None:
        """Note that the peer's connection is gone, for whatever reason."""
        if self._visitors.get(peer.id) is peer:
            self._forget(peer.id)
            if peer.id in self.state.participants and not self.state.ended:
                self.apply(rules.drop(self.state, peer.id, self._clock.now()))

    def announce_stop(self, stops_at: float) -> None:
        """Tell everyone here when the server stops."""
        frame = server_frame(codec.encode(e.ServerStopping(stops_at=stops_at)))
        for peer in self._visitors.values():
            peer.send_frame(frame)

    def dismiss_all(self, code: str, text: str, *, elsewhere: bool = False) -> None:
        """Say goodbye to everyone, with the advice to come back, or to go on elsewhere."""
        goodbye = e.Goodbye(code=code, text=text, retry=True, elsewhere=elsewhere)
        for peer in list(self._visitors.values()):
            self._dismiss(peer, goodbye)

    def give_up(self, code: str, text: str) -> None:
        """Say goodbye to everyone, and let the room go on elsewhere: here nothing ends but it."""
        self.dismiss_all(code, text)
        self._stop_telling(f"{self.name} is on its way to another server: knock again in a moment")
        self.is_given_up = True
        self._changed.set()

    def put_out(self, key: str, text: str) -> None:
        """Remove the person with this key from the room, for the server's admin."""
        now, state = self._clock.now(), self.state
        if state.ended:
            return
        effects: list[f.Effect] = []
        keys = {key: None}
        for someone in self.state.here(self.state.person_with(key)):
            who = state.who(someone)
            keys[who.key] = None
            line = rules.LogDraft("ban", target=who, detail="by the server's admin")
            gone = j.Departed(id=someone.id, at=now, reason="banned", note=text)
            entries = rules.written(state, now, line)
            state, more = rules.apply(state, [*entries, *rules.departure(state, gone)])
            effects += more
        self.state, more = rules.apply(state, [j.SeatsEnded(key=each) for each in keys])
        self._perform([*effects, *more])

    def put_out_of_community(self, person: Person, text: str) -> None:
        """Remove somebody from the room who is banned from the community that it belongs to."""
        if not self.state.ended:
            now = self._clock.now()
            self.apply(rules.put_out_by_community(self.state, person, text, now))

    def end_membership(self, person: Person, text: str, *, removed: bool) -> None:
        """Let somebody leave who is in the room's community no longer, if it is for members."""
        now = self._clock.now()
        self.apply(rules.membership_ended(self.state, person, text, now, removed=removed))

    # When people's keys change.

    def rank_of(self, person: Person) -> int:
        """Return how high a person stands here, by what is theirs and by all of their seats."""
        return rules.rank_of(self.state, person)

    def unite(self, one: Person, into: Person, rank: int) -> None:
        """Make one person of two, who stands no higher here than this."""
        self._go_on(rules.united(self.state, one, into, rank, self._clock.now()))

    def split_off(self, person: Person, alone: Person) -> None:
        """Let what is held against the first person be held against the second, too."""
        self._go_on(rules.split_off(self.state, person, alone))

    def sign_out(self, seats: Iterable[str]) -> None:
        """End these seats, here or away: the key by which somebody came to them is revoked."""
        self._go_on(rules.signed_out(self.state, seats, self._clock.now()))

    def name_owner(self, key: str) -> None:
        """Make the person with this key the rightful host."""
        self._go_on([j.OwnerNamed(key=key)])

    def _go_on(self, events: list[j.JournalEvent]) -> None:
        if not self.state.ended:
            self.apply(events)

    def end_by_admin(self) -> bool:
        """End the room for good, for the server's admin; return False if it is over already."""
        if self.state.ended:
            return False
        line = rules.LogDraft("end_room", detail="by the server's admin")
        entries = rules.written(self.state, self._clock.now(), line)
        self.apply([*entries, e.RoomEnded(reason="closed_by_admin")])
        return True

    def fail(self, text: str) -> None:
        """Let nobody open the room again: after an error nobody knows how it is."""
        self._journal.save(self.state, [f.ForgetRoom()])
        self.dismiss_all("failed", text)
        self._stop_telling(text)

    def rename(self, before: Person, after: Person) -> None:
        """Show a person under other words from now on, if they are here as they were before."""
        self.apply(rules.renewal(self.state, before, after))

    # At the door.

    def knock(
        self,
        person: Person,
        newcomer: rules.Newcomer,
        network: str,
        answered: KnockHeard,
        *,
        is_blocked: bool,
    ) -> None:
        """Let somebody wait at the door; ``answered`` is called with the outcome.

        Raises CommandRefused.
        """
        events = rules.knock(
            self.state,
            person,
            newcomer,
            self._clock.now(),
            network=network,
            is_blocked=is_blocked,
        )
        self._at_door[person.id] = answered
        self.apply(events)

    def stop_knocking(self, person: str, note: str = "") -> None:
        """Let somebody wait no longer; may be called for one who does not wait.

        With a ``note`` they are told so, and why.
        """
        if not self.state.ended:
            self.apply(rules.stop_knocking(self.state, person, note))

    def _answer_knock(self, answered: KnockHeard, answer: e.KnockAnswered) -> None:
        self._untold.remove(answered)
        answered(answer)

    def _stop_telling(self, why: str) -> None:
        """Say nothing more of what waits; who is at the door, or was until then, is told why."""
        self.tellings.drop()
        for answered in (*self._untold, *self._at_door.values()):
            answered(e.KnockAnswered(room=self.name, answer="over", text=why))
        self._untold.clear()
        self._at_door.clear()

    # What participants do.

    def answer(self, question: c.RoomCommand) -> e.Event | None:
        """Return the answer to a question about the room; None if this is no such question."""
        return rules.answer(self.state, question, self._clock.now())

    def shareable_invite(self, id: str) -> str | None:
        """Return the id of the invite that this participant may hand out to listeners, or None."""
        return rules.shareable_invite(self.state, id, self._clock.now())

    def judge(self, actor: str, command: c.RoomCommand) -> None:
        """Raise CommandRefused if this participant may not give the command now."""
        judge(self.state, actor, command)

    def carry_out(self, actor: str, command: c.RoomCommand) -> CarriedOut:
        """Carry out a command. Raises CommandRefused."""
        now = self._clock.now()
        entropy = secrets.token_bytes(16)
        events = rules.decide(self.state, actor, command, now, entropy, self._blocks)
        if not self._journal.may_promise:
            self._refuse_lasting(events)
        self._shares.charge_command(self.state, actor, self._network(actor), command, events, now)
        events += self._banned_too(actor, events)
        # A report is kept by itself, and only then is it done.
        answer = None
        if not isinstance(command, c.Report):
            peer = self._visitors.get(actor)
            answer = self.given_again.answer_to(self.state, peer, command, events)
        effects = self._advance(events)
        if answer is None:
            return CarriedOut(events, self._perform(effects))
        # With what the command did, in one transaction: who has the one has the other.
        keep = f.KeepAnswer(answer=answer, known_for=self.given_again.known_for)
        transaction = self._perform([keep, *effects])
        self.given_again.note_answer(answer, transaction)
        return CarriedOut(events, transaction)

    def carried_out(self, actor: str, command: c.RoomCommand) -> CarriedOut | None:
        """Return what a command caused that was given before under the same ``ref``, if it was.

        Raises CommandRefused where the answer is for those alone who may still ask for it.
        """
        earlier = self.given_again.find_earlier(self.state, self._visitors.get(actor), command)
        if earlier is None:
            return None
        events: list[j.JournalEvent] = []
        if earlier.invite:
            self.judge(actor, command)
            made = self.state.room_invites.get(earlier.invite)
            events = [] if made is None else [j.RoomInviteKept(link=made)]
        return CarriedOut(events, earlier.transaction)

    async def report(self, reporter: str, command: c.Report) -> CarriedOut:
        """File a report for the server's admins, with what was said. Raises CommandRefused.

        Who is on stage, and what is heard here, is taken as it is now, before others are asked.
        """
        peer = self._visitors.get(reporter)
        answer = self.given_again.answer_to(self.state, peer, command, ())
        events, _ = self.carry_out(reporter, command)
        now, state = self._clock.now(), self.state
        heard = self._last_minute.since(now - LAST_SECONDS)
        by, on = state.who(state.participants[reporter]), state.who(target_of(state, command))
        entropy = secrets.token_bytes(16) if answer is None else entropy_of(state, answer)
        report = report_on(state, by, on, command, now, entropy)
        if self._shares.may_take_evidence(state, reporter, self._network(reporter), now):
            elsewhere = await self.voice.kept_elsewhere()
            heard = join_heard(heard, elsewhere.frames, self._clock.now())
            evidence = evidence_of(state, heard, now, elsewhere.unanswered)
            report = replace(report, evidence=evidence)
        transaction = self._journal.file_report(report)
        if answer is not None:
            self.given_again.note_answer(answer, transaction)
        self._reported()
        return CarriedOut(events, transaction)

    def _refuse_lasting(self, events: list[j.JournalEvent]) -> None:
        """Raise CommandRefused for what nobody could promise: another server may have the room."""
        _, effects = rules.apply(self.state, events)
        if any(isinstance(each, f.LASTING) for each in effects):
            text = "this server does not reach those that it shares rooms with: try again later"
            raise CommandRefused("try_later", text)

    async def flushed(self, transaction: int, until: float) -> None:
        """Wait until this transaction may be acknowledged. Raises StoreError after ``until``."""
        await self._journal.flushed(transaction, until)

    def _banned_too(self, actor: str, events: list[j.JournalEvent]) -> list[j.JournalEvent]:
        by = self.state.participants[actor].person
        return [
            event
            for banned in events
            if isinstance(banned, j.Banned)
            for other in self._formerly(banned.ban.key)
            for event in rules.banned_too(self.state, banned.ban, other, by)
        ]

    def _network(self, actor: str) -> str:
        peer = self._visitors.get(actor)
        return peer.network if peer is not None else ""

    def _hear(self, seat: str, entry: bytes, seconds: float) -> None:
        """Note a voice frame that was let through."""
        now = self._clock.now()
        for subscriber in self._subscribers:
            subscriber.add(now, seat, entry)
        spoken = self._heard[seat] = self._heard.get(seat, 0.0) + seconds
        if spoken - seconds < rules.TALK_NEWS <= spoken:
            self._changed.set()

    def subscribe(self, subscriber: VoiceSubscriber) -> None:
        """Give every voice frame that is accepted from now on to ``subscriber`` too."""
        self._subscribers.append(subscriber)

    # Applying what was decided.

    def apply(self, events: Iterable[j.JournalEvent]) -> int:
        """Advance the state, then save what must last, tell everyone concerned, and so on.

        Return the transaction that has to be on disk before the cause is acknowledged, or 0.
        """
        return self._perform(self._advance(events))

    def _advance(self, events: Iterable[j.JournalEvent]) -> list[f.Effect]:
        before = self.state
        self.state, effects = rules.apply(before, events)
        self.given_again.note_change(before, self.state)
        return effects

    def _perform(self, effects: list[f.Effect]) -> int:
        """Perform effects, the saves first; return the transaction to await, or 0."""
        saves = [each for each in effects if isinstance(each, f.Save)]
        transaction = self._journal.save(self.state, saves)
        if any(isinstance(each, f.LASTING) for each in saves):
            self.tellings.hold(transaction)
        for effect in effects:
            match effect:
                case rules.Delivery():
                    self._tell(effect)
                case f.Dismissal():
                    self._end_visits(effect)
                case f.AnswerKnocker(person=person, answer=answer):
                    answered = self._at_door.pop(person, None)
                    if answered is not None and answer is not None:
                        self._untold.append(answered)
                        self.tellings.tell_in_turn(partial(self._answer_knock, answered, answer))
                case f.FreeSlot(slot=slot):
                    self.voice.forget_slot(slot)
                case f.ClearTalkTime():
                    self._heard.clear()
                case f.ChargeRoom(owner=owner, entry=entry):
                    self._shares.charge_room(self.state, owner, entry, self._clock.now())
        self._changed.set()
        self._note_rights()
        self._hearers.note_stage()
        return transaction

    def _note_rights(self) -> None:
        """Tell those who carry voice what has changed for them."""
        state = self.state
        places = {id: at for id in state.stage if (at := rules.may_speak(state, id)) is not None}
        rights = VoiceRights(
            places=places,
            refused={
                id: "silenced" if state.is_silenced(id) else "muted"
                for id in state.stage
                if id not in places
            },
            short=state.settings.takes_short_frames(len(state.participants)),
            ceiling=state.settings.max_bitrate,
            is_large=state.audience_now >= LARGE,
        )
        if rights != self._rights:
            self._rights = rights
            self.voice.set_rights(rights)

    def _on_air(self) -> list[str]:
        """Return the seats of those who are heard if they speak."""
        return list(self._rights.places)

    def _person_in(self, seat: str) -> Person | None:
        someone = self.state.participants.get(seat)
        return self.state.who(someone) if someone is not None else None

    def _tell(self, delivery: rules.Delivery) -> None:
        here = self._visitors
        ids = here if delivery.to == "everyone" else here.keys() & delivery.to
        if ids:
            frame = server_frame(codec.encode(delivery.event))
            self._push(frame, *[here[id] for id in ids])

    def _push(self, frame: bytes, *peers: RoomVisitor) -> None:
        """Send a frame to these, also if they are not here any more when that may be."""
        self.tellings.tell_in_turn(partial(_send_frame, frame, peers))

    def _end_visits(self, dismissal: f.Dismissal) -> None:
        for id in list(self._visitors) if dismissal.to == "everyone" else dismissal.to:
            peer = self._visitors.get(id)
            if peer is not None:
                self._dismiss(peer, dismissal.last_word)

    def _dismiss(self, peer: RoomVisitor, last_word: e.RoomLeft | e.Goodbye) -> None:
        self._forget(peer.id)
        peer.end(last_word)

    def _forget(self, id: str) -> None:
        """Forget the connection of a seat; whoever is not here hears nothing on stage either."""
        self._visitors.pop(id, None)
        self.voice.leave(id)

    async def _let_time_pass(self) -> None:
        while not (self.state.ended or self.is_given_up):
            self._last_minute.drop_before(self._clock.now() - LAST_SECONDS)
            self.apply(rules.tick(self.state, self._clock.now(), self._heard))
            self._changed = trio.Event()
            wake = rules.next_wake(self.state, self._clock.now(), self._heard)
            pause = LAST_SECONDS if wake is None else max(0.0, wake - self._clock.now())
            with trio.move_on_after(min(pause, LAST_SECONDS)):
                await self._changed.wait()


def _send_frame(frame: bytes, peers: Iterable[RoomVisitor]) -> None:
    for each in peers:
        each.send_frame(frame)


def send_event(peer: RoomVisitor, event: e.Event) -> None:
    """Send one event to one peer."""
    peer.send_frame(server_frame(codec.encode(event)))
