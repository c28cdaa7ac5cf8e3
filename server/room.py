"""A live room: its state, the connections of those in it, and the task that lets time pass.

Rules are ``policy``'s; this applies what they decide: state first, then the news to everyone it
concerns, then the store.
"""

from __future__ import annotations

import logging
import secrets
from collections import deque
from collections.abc import Iterable

import trio

from roomcli.errors import Refused
from roomcli.protocol import codec
from roomcli.protocol.audio import UplinkFrame
from roomcli.protocol.commands import RoomCommand
from roomcli.protocol.events import (
    Event,
    Goodbye,
    HandLowered,
    HandRaised,
    RoleChanged,
    RoomEnded,
    RoomLocked,
    RoomUnlocked,
    Silenced,
    SilenceLifted,
    StageJoined,
)
from roomcli.protocol.people import Person, Speaker
from roomcli.wire.frames import server_frame

from . import policy
from .clock import Clock
from .forwarder import Forwarder
from .peer import Peer
from .policy import Departed, Entered, JournalEvent, RoomState, SteppedDown
from .store import Seat, Store

log = logging.getLogger(__name__)

SEAT_SECONDS = 24 * 3600.0
"""How long a resume ticket is good after its last use."""


class Room:
    """Everything about one open room. :meth:`run` owns its tasks."""

    def __init__(self, state: RoomState, store: Store, clock: Clock) -> None:
        self.state = state
        self._store = store
        self._clock = clock
        self._peers: dict[str, Peer] = {}
        self._tickets: dict[str, str] = {}
        self._forwarder = Forwarder(self._peers.values)
        self._changed = trio.Event()
        self._void: deque[str | None] = deque(maxlen=1000)
        self.silenced: set[str] = set()
        """Keys of those whom moderators silenced: leaving and coming anew must not lift that."""
        self.invite: str | None = None
        """The invite that moderators hand out, while the room wants one."""
        self.invite_ends = 0.0

    async def run(self) -> None:
        """Forward voice and let time pass until the room ends."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._forwarder.run)
            await self._let_time_pass()
            nursery.cancel_scope.cancel()

    # Coming and going.

    def enter(self, peer: Peer, ticket_hash: str, events: list[JournalEvent]) -> None:
        """The peer is in the room from these events on; whoever held the seat before is told.

        From now on ``ticket_hash`` is what brings the seat back.
        """
        before = self._peers.pop(peer.id, None)
        if before is not None:
            self._dismiss(before, "superseded", "you came back from somewhere else")
        self._tickets[peer.id] = ticket_hash
        self.apply(events)
        self._peers[peer.id] = peer
        self._store.forget_seat(self.state.name, peer.id)
        self._save_seat(peer.id)

    def honours(self, seat: Seat) -> bool:
        """Whether a seat that was read a moment ago is still good."""
        return seat.ticket_hash not in self._void

    def disconnected(self, peer: Peer) -> None:
        """The peer's connection is gone, for whatever reason."""
        if self._peers.get(peer.id) is peer:
            del self._peers[peer.id]
            if peer.id in self.state.participants and not self.state.ended:
                self.apply(policy.drop(self.state, peer.id, self._clock.now()))

    def dismiss_all(self, code: str, text: str) -> None:
        """Tell everyone goodbye, with the advice to come back."""
        for peer in list(self._peers.values()):
            self._dismiss(peer, code, text, retry=True)

    # What participants do.

    def command(self, actor: str, command: RoomCommand) -> list[JournalEvent]:
        """Carry out a command. Raises Refused."""
        events = policy.decide(
            self.state, actor, command, self._clock.now(), secrets.token_bytes(16)
        )
        self.apply(events)
        return events

    def voice(self, peer: Peer, frame: UplinkFrame) -> None:
        """Forward a voice frame. Raises Refused when this person may not be heard."""
        heard_as = policy.may_speak(self.state, peer.id)
        if heard_as is None:
            raise self._why_not_heard(peer.id)
        if peer.accepts_voice(frame, trio.current_time()):
            self._forwarder.take(frame, *heard_as)

    # Applying what was decided.

    def apply(self, events: Iterable[JournalEvent]) -> None:
        """Advance the state, tell everyone concerned, keep what must last."""
        for event in events:
            deliveries = policy.project_classes(self.state, event)
            before, self.state = self.state, policy.evolve(self.state, event)
            for delivery in deliveries:
                self._tell(delivery)
            self._keep(before, event)
        self._changed.set()

    def _tell(self, delivery: policy.Delivery) -> None:
        receivers = self._peers if delivery.to == "everyone" else delivery.to
        if not receivers:
            return
        frame = server_frame(codec.encode(delivery.event))
        for id in receivers:
            peer = self._peers.get(id)
            if peer is not None:
                peer.send_frame(frame)

    def _keep(self, before: RoomState, event: JournalEvent) -> None:
        match event:
            case Departed(id=id, reason=reason, by=by, note=note):
                ticket = self._tickets.pop(id, None)
                if reason != "lost":
                    self._void.append(ticket)
                    self._store.forget_seat(self.state.name, id)
                peer = self._peers.pop(id, None)
                if peer is not None and reason == "removed":
                    who = before.participants.get(by or "")
                    text = f"{who.person.name if who else 'a moderator'} removed you"
                    self._dismiss(peer, "removed", f"{text}: {note}" if note else text)
                elif peer is not None:
                    self._dismiss(peer, "left", "you left")
            case (
                RoleChanged(id=id, role="host")
                | StageJoined(speaker=Speaker(person=Person(id=id), role="host"))
            ):
                self._store.set_host(self.state.name, self.state.participants[id].person.key)
                self._save_seat(id)
            case RoomLocked() | RoomUnlocked():
                self._save_room()
            case RoomEnded(reason=reason):
                self._store.end_room(self.state.name)
                text = "the room is closed"
                if reason == "no_host":
                    text = "the room is closed: nobody was there to host it"
                for peer in list(self._peers.values()):
                    self._dismiss(peer, "ended", text)
            case (
                HandRaised(person=Person(id=id))
                | StageJoined(speaker=Speaker(person=Person(id=id)))
            ):
                self._save_seat(id)
            case (
                HandLowered(id=id)
                | SteppedDown(id=id)
                | Silenced(id=id)
                | SilenceLifted(id=id)
                | RoleChanged(id=id)
            ):
                self._save_seat(id)
        match event:
            case Entered(person=person, silenced=True):
                self.silenced.add(person.key)
            case Silenced(id=id):
                self.silenced.add(self.state.participants[id].person.key)
            case SilenceLifted(id=id):
                self.silenced.discard(self.state.participants[id].person.key)
            case StageJoined(speaker=Speaker(person=person, silenced=False)):
                self.silenced.discard(person.key)  # a moderator's place lifts it
            case Departed(id=id) | SteppedDown(id=id):
                slot = before.participants[id].slot
                if slot is not None:
                    self._forwarder.forget(slot)

    def _save_seat(self, id: str) -> None:
        someone = self.state.participants.get(id)
        if someone is None or id not in self._tickets:
            return
        hand = next((hand for hand in self.state.hands if hand.person.id == id), None)
        self._store.save_seat(
            Seat(
                self._tickets[id],
                self.state.name,
                id,
                someone.person.key,
                someone.role,
                someone.silenced,
                hand.at if hand else None,
                self._clock.now() + SEAT_SECONDS,
            )
        )

    def _save_room(self) -> None:
        self._store.save_room(
            self.state.name, self.state.access, self.state.locked, self._clock.now()
        )

    def _dismiss(self, peer: Peer, code: str, text: str, *, retry: bool = False) -> None:
        self._peers.pop(peer.id, None)
        peer.end(Goodbye(code=code, text=text, retry=retry))

    def _why_not_heard(self, id: str) -> Refused:
        someone = self.state.participants.get(id)
        if someone is None or not someone.on_stage:
            return Refused("not_on_stage", "only people on stage are heard: raise your hand")
        if someone.silenced:
            return Refused("silenced", "a moderator has silenced you")
        return Refused("muted", "your microphone is muted: unmute first")

    async def _let_time_pass(self) -> None:
        while not self.state.ended:
            self.apply(policy.tick(self.state, self._clock.now()))
            self._changed = trio.Event()
            wake = policy.next_wake(self.state, self._clock.now())
            pause = 3600.0 if wake is None else max(0.0, wake - self._clock.now())
            with trio.move_on_after(pause):
                await self._changed.wait()


def tell(peer: Peer, event: Event) -> None:
    """Send one event to one peer."""
    peer.send_frame(server_frame(codec.encode(event)))
