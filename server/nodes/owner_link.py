"""This server's end of the link with one other, for the people here who visit its rooms."""

from __future__ import annotations

import logging
from itertools import count
from typing import NoReturn

import trio

from roomcli.errors import ConnectionLost

from ..rooms.hub import Hub
from ..streams.batch import new_batch
from ..workers import frames as f
from ..workers.link import WorkerLink
from .far_room import FarRoom
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
from .relayed_visit import RelayedVisit, read_news
from .voices import NodeVoices

log = logging.getLogger(__name__)

HEARING_SECONDS = 1.0
"""Between two times that the owner is told how people hear."""
LOOK_SECONDS = 1.0
"""Between two looks at whether the other server still has the rooms."""
MOST_LOOKS = 4
"""Looks at which nobody has a room, until its owner is taken for gone."""


class OwnerLink:
    """The link with the server ``name``; a :class:`~.relayed_visit.RoomOwner`.

    The voice of its rooms runs in ``carrying``: it goes on until the last visit has left, also when
    the link has ended.
    """

    def __init__(
        self,
        name: str,
        stream: trio.SocketStream,
        hub: Hub,
        ownership: Ownership,
        voices: NodeVoices,
        kept: KeptVoice,
        carrying: trio.Nursery,
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
        self._lost: list[FarRoom] = []
        """Rooms that the owner has no more, in which people are who wait for the next one."""
        self._carrying = carrying
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
        """Speak of a visit no more."""
        self._visits = {number: each for number, each in self._visits.items() if each is not visit}

    @property
    def number_of_rooms(self) -> int:
        """In how many rooms of that server people are who are connected here."""
        return len(self._rooms)

    def people_in(self, room: str) -> int:
        """Return how many people from here are in a room of that server."""
        return sum(len(each.carrier.peers()) for each in self._here if each.carrier.name == room)

    @property
    def number_of_people(self) -> int:
        """How many people from here are in rooms of that server."""
        return sum(len(each.carrier.peers()) for each in self._here)

    @property
    def _here(self) -> tuple[FarRoom, ...]:
        return (*self._rooms.values(), *self._lost)

    def send(self, message: AnyFromGuests) -> None:
        """Send a message to the owner."""
        self._link.send(message)

    async def run(self) -> None:
        """Serve the visits until the link ends; then leave them to the next owner."""
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._watch_leases)
                nursery.start_soon(self._keep_telling_hearing)
                await self._link.run(self._obey)
                nursery.cancel_scope.cancel()
        finally:
            self.has_ended = True
            for number in tuple(self._rooms):
                self._lose_room(number)
            for each in tuple(self._visits.values()):
                each.lose_owner()

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
            for number, room in tuple(self._rooms.items()):
                try:
                    holder = await self._ownership.holder(room.carrier.name)
                except ConnectionLost as lost:
                    log.debug("who has a room is not known: %s", lost)
                    continue
                room.looks_without_owner = 0 if holder else room.looks_without_owner + 1
                if room.looks_without_owner >= MOST_LOOKS or holder not in ("", self.name):
                    log.warning("room %(room)s has another owner", {"room": room.carrier.name})
                    self._lose_room(number)

    def _lose_room(self, number: int) -> None:
        room = self._rooms.pop(number, None)
        if room is None:
            return
        room.is_expecting = False
        self._lost.append(room)
        for each in tuple(self._visits.values()):
            if each.room == room.carrier.name:
                each.lose_owner()
        self.drop_empty()

    def _obey(self, message: AnyFromOwner) -> None:
        match message:
            case f.FrameSent(connections=numbers, frame=frame):
                news = read_news(frame)
                for number in numbers:
                    if number in self._visits:
                        self._visits[number].take_frame(frame, news)
            case f.RightsSet():
                self._room(message).carrier.set_rights(message.rights)
            case VoiceWanted(ref=ref, room=name):
                self._link.send(VoiceKept(ref, self._kept.said_in(name, self.name)))
            case f.SlotForgotten(room=room, slot=slot):
                if room in self._rooms:
                    self._rooms[room].carrier.forget_slot(slot)
            case f.SeatLeft(room=room, seat=seat):
                if room in self._rooms:
                    self._rooms[room].is_expecting = False
                    self._rooms[room].carrier.leave(seat)
                    self.drop_empty()
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
                self._rooms[room].is_expecting = False
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
            room = FarRoom(
                name, message.heard, self._hub, self._batch, self._voices, self._kept, self.name
            )
            self._rooms[number] = room
            self._carrying.start_soon(room.run)
        return self._rooms[number]

    def drop_empty(self) -> None:
        """Carry the voice of rooms no more in which nobody is."""
        for room in self._here:
            if room.is_left:
                room.close()
        self._rooms = {n: each for n, each in self._rooms.items() if not each.is_left}
        self._lost = [each for each in self._lost if not each.is_left]
