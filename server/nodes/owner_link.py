"""This server's end of the link with one other, for the people here who visit its rooms."""

from __future__ import annotations

import logging
from functools import partial
from itertools import count
from typing import NoReturn

import trio

from roomcli.errors import ConnectionLost

from ..rooms.hub import Hub
from ..rooms.near_voice import NearRoomVoice
from ..streams.batch import new_batch
from ..workers import frames as f
from ..workers.link import WorkerLink
from .kept_voice import KeptVoice
from .messages import (
    AnyFromGuests,
    AnyFromOwner,
    GuestsHear,
    VisitOver,
    VoiceKept,
    VoiceWanted,
    from_owner,
)
from .ownership import Ownership
from .relayed_visit import RelayedVisit
from .voices import NodeVoices, Voices

log = logging.getLogger(__name__)

HEARING_SECONDS = 1.0
"""Between two times that the owner is told how people hear."""
LOOK_SECONDS = 1.0
"""Between two looks at whether the other server still has the rooms."""
MOST_LOOKS = 4
"""Looks at which nobody has a room, until its owner is taken for gone."""


class FarRoom:
    """A room of another server, for those who are here."""

    def __init__(self, carrier: NearRoomVoice) -> None:
        self.carrier = carrier
        self.running = trio.CancelScope()
        self.looks_without_owner = 0

    def hear(self, node: str, voices: Voices) -> None:
        """Take what other servers' people say, of those who may be heard."""
        may_be_heard = self.carrier.may_be_heard
        self.carrier.hear_from_afar(
            [entry for seat, entry, _ in voices if may_be_heard(seat, entry)]
        )


class OwnerLink:
    """The link with the server ``name``; a :class:`~.relayed_visit.RoomOwner`."""

    def __init__(
        self,
        name: str,
        stream: trio.SocketStream,
        hub: Hub,
        ownership: Ownership,
        voices: NodeVoices,
        kept: KeptVoice,
    ) -> None:
        self.name = name
        self._link: WorkerLink[AnyFromGuests, AnyFromOwner] = WorkerLink(stream, from_owner)
        self._hub = hub
        self._ownership = ownership
        self._voices = voices
        self._kept = kept
        self._batch = new_batch()
        self._numbers = count(1)
        self._visits: dict[int, RelayedVisit] = {}
        self._rooms: dict[int, FarRoom] = {}
        self._nursery: trio.Nursery
        self._passes_over = False
        """Whether the owner takes messages of kinds that it does not know."""
        self.has_ended = False
        """Whether nothing goes over it any more."""

    def add_visit(self, visit: RelayedVisit) -> int:
        """Return a number for a visit, under which the owner speaks of it from now on."""
        number = next(self._numbers)
        self._visits[number] = visit
        if self.has_ended:
            visit.lose_owner()
        return number

    def drop_visit(self, visit: RelayedVisit) -> None:
        """Forget a visit that is over."""
        self._visits = {number: each for number, each in self._visits.items() if each is not visit}
        if visit.seat is not None:
            carrier, peer = visit.seat
            if carrier.has(peer):
                carrier.leave(peer.id)
                self._drop_empty()

    @property
    def number_of_rooms(self) -> int:
        """In how many rooms of that server people are who are connected here."""
        return len(self._rooms)

    def send(self, message: AnyFromGuests) -> None:
        """Send a message to the owner."""
        self._link.send(message)

    async def run(self) -> None:
        """Serve the visits until the link ends; then end them."""
        try:
            async with trio.open_nursery() as self._nursery:
                self._nursery.start_soon(self._watch_leases)
                self._nursery.start_soon(self._keep_telling_hearing)
                await self._link.run(self._obey)
                self._nursery.cancel_scope.cancel()
        finally:
            self.has_ended = True
            for each in tuple(self._visits.values()):
                each.lose_owner()
            for room in self._rooms.values():
                self._voices.drop(room.carrier.name, room.hear)

    async def _keep_telling_hearing(self) -> NoReturn:
        """Tell the owner how the people here hear its rooms: speakers are told who hears them."""
        while True:
            await trio.sleep(HEARING_SECONDS)
            hearing = [
                f.hearing_report(number, each.seat[1])
                for number, each in self._visits.items()
                if each.seat is not None
            ]
            if hearing and self._passes_over:
                self._link.send(GuestsHear(hearing))

    async def _watch_leases(self) -> NoReturn:
        """End the visits to rooms that the other server has no more, though it may not know."""
        while True:
            await trio.sleep(LOOK_SECONDS)
            for room in tuple(self._rooms.values()):
                try:
                    holder = await self._ownership.holder(room.carrier.name)
                except ConnectionLost as lost:
                    log.debug("who has a room is not known: %s", lost)
                    continue
                room.looks_without_owner = 0 if holder else room.looks_without_owner + 1
                if room.looks_without_owner >= MOST_LOOKS or holder not in ("", self.name):
                    self._lose_room(room.carrier.name)

    def _lose_room(self, name: str) -> None:
        log.warning("room %(room)s has another owner", {"room": name})
        for each in tuple(self._visits.values()):
            if each.room == name:
                each.lose_owner()

    def _obey(self, message: AnyFromOwner) -> None:
        match message:
            case f.FrameSent(connections=numbers, frame=frame):
                for number in numbers:
                    if number in self._visits:
                        self._visits[number].client.connection.stream.push_control(frame)
            case f.RightsSet():
                self._room(message).carrier.set_rights(message.rights)
            case VoiceWanted(ref=ref, room=name):
                self._link.send(VoiceKept(ref, self._kept.said_in(name, self.name)))
            case f.SlotForgotten(room=room, slot=slot):
                if room in self._rooms:
                    self._rooms[room].carrier.forget_slot(slot)
            case f.SeatLeft(room=room, seat=seat):
                if room in self._rooms:
                    self._rooms[room].carrier.leave(seat)
                    self._drop_empty()
            case _:
                visit = self._visits.get(message.connection)
                if visit is not None:
                    self._obey_about(visit, message)

    def _obey_about(
        self,
        visit: RelayedVisit,
        message: VisitOver
        | f.Closed
        | f.Known
        | f.VisitBegun
        | f.CameInside
        | f.VisitEnded
        | f.MessagesTaken,
    ) -> None:
        match message:
            case f.MessagesTaken(count=count):
                visit.note_taken(count)
            case f.VisitBegun(room=room) if room in self._rooms:
                self._passes_over |= message.passes_over
                visit.take_seat(message, self._rooms[room].carrier)
            case f.CameInside():
                visit.voice.come_inside()
            case f.VisitEnded():
                visit.voice.finish_visit()
            case VisitOver():
                visit.note_end(message)
            case f.Closed():
                visit.close()

    def _room(self, message: f.RightsSet) -> FarRoom:
        number, name = message.room, message.name
        if number not in self._rooms:
            hub = self._hub
            carrier = NearRoomVoice(
                *(name, message.heard, partial(self._accept_voice, name)),
                *(hub.traffic, hub.limits, self._batch),
            )
            room = self._rooms[number] = FarRoom(carrier)
            self._voices.carry(name, room.hear)
            self._kept.note_owner(name, self.name)
            self._nursery.start_soon(_run_voice, room)
        return self._rooms[number]

    def _accept_voice(self, room: str, seat: str, entry: bytes, seconds: float) -> None:
        """Take a frame of somebody who is here, and is heard."""
        self._voices.add_voice(room, seat, entry, seconds)
        self._kept.add(room, self.name, seat, entry)

    def _drop_empty(self) -> None:
        for number, room in tuple(self._rooms.items()):
            if room.carrier.is_empty:
                del self._rooms[number]
                self._voices.drop(room.carrier.name, room.hear)
                room.running.cancel()


async def _run_voice(room: FarRoom) -> None:
    with room.running:
        try:
            await room.carrier.run()
        except Exception:
            # An error in one room, even a bug of ours, must not end the others.
            log.exception("the voice of room %(room)s failed", {"room": room.carrier.name})
