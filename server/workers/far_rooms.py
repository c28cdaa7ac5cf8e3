"""The voice of all rooms whose people are at workers: the parent tells these who may be heard.

Voice between two workers goes through the parent, one bundle for each room and write.
"""

from __future__ import annotations

from itertools import count
from typing import Protocol, cast

import trio

from ..rooms.room_voice import Accepted, KeptElsewhere, VoiceRights
from ..rooms.visitor import RoomVisitor
from . import frames as f
from .far_client import FarVisitor, WorkerEnd

NEARLY = 0.1
"""The share by which the number of a room's people elsewhere may be wrong, so that few news do."""


class VoiceEnd(WorkerEnd, Protocol):
    """The parent's end of a worker, to which voice is passed on."""

    def pass_on(self, room: int, entries: list[bytes]) -> None:
        """Send voice frames of other workers' people, unless the worker is behind."""


class FarRooms:
    """All rooms by the numbers under which workers know them."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self._rooms: dict[int, FarRoomVoice] = {}

    def new_voice(self, name: str, heard: int, accepted: Accepted) -> FarRoomVoice:
        """Return what carries the voice of a new room."""
        number = next(self._numbers)
        voice = self._rooms[number] = FarRoomVoice(self, number, name, heard, accepted)
        return voice

    def hear(self, worker: VoiceEnd, heard: f.VoicesHeard) -> None:
        """Take voice frames that a worker let through."""
        room = self._rooms.get(heard.room)
        if room is not None:
            room.hear_from(worker, heard.voices)

    def forget(self, number: int) -> None:
        """Forget a room that has ended."""
        self._rooms.pop(number, None)


class FarRoomVoice:
    """Carries the voice of one room, as :class:`~server.rooms.room_voice.RoomVoice` says."""

    def __init__(
        self, rooms: FarRooms, number: int, name: str, heard: int, accepted: Accepted
    ) -> None:
        self._rooms = rooms
        self._number = number
        self._name = name
        self._heard = heard
        self._accepted = accepted
        self._rights = VoiceRights()
        self._seats: dict[str, FarVisitor] = {}
        self._people: dict[WorkerEnd, int] = {}
        self._told: dict[WorkerEnd, int] = {}
        """How many people each worker was told to be at others."""

    @property
    def is_empty(self) -> bool:
        """Whether nobody is at a worker."""
        return not self._people

    def has_people_of(self, worker: WorkerEnd) -> bool:
        """Whether somebody is at this worker."""
        return worker in self._people

    def enter(self, visitor: RoomVisitor) -> None:
        person = cast("FarVisitor", visitor)  # whose connections are at workers stand for them so
        worker, number = person.far.worker, person.far.number
        self.leave(person.id)
        self._people[worker] = self._people.get(worker, 0) + 1
        self._seats[person.id] = person
        # In any case: it may have been started again while somebody is still counted here.
        self._renew_rights(worker)
        self._tell_of_growth()
        offer = person.offer
        secret = offer.secret.reveal() if offer is not None else b""
        ids = b"".join(offer.ids) if offer is not None else b""
        worker.send(
            f.VisitBegun(
                *(number, self._number, person.id, person.key, person.visit, secret, ids),
                passes_over=True,
            )
        )

    def leave(self, seat: str) -> None:
        person = self._seats.pop(seat, None)
        if person is None:
            return
        worker = person.far.worker
        worker.send(f.SeatLeft(person.far.number, self._number, seat))
        self._people[worker] -= 1
        if not self._people[worker]:
            del self._people[worker]
            self._told.pop(worker, None)
        self._tell_of_growth()

    def set_rights(self, rights: VoiceRights) -> None:
        self._rights = rights
        for worker in self._people:
            self._renew_rights(worker)

    def _renew_rights(self, worker: WorkerEnd) -> None:
        elsewhere = self._told[worker] = self._elsewhere(worker)
        worker.send(f.RightsSet(self._number, self._name, self._heard, self._rights, elsewhere))

    def _elsewhere(self, worker: WorkerEnd) -> int:
        return len(self._seats) - self._people[worker]

    def _tell_of_growth(self) -> None:
        """Tell each worker how many are at others, where that is no longer nearly true."""
        for worker in self._people:
            told = self._told[worker]
            if abs(self._elsewhere(worker) - told) > told * NEARLY:
                self._renew_rights(worker)

    def forget_slot(self, slot: int) -> None:
        for worker in self._people:
            worker.send(f.SlotForgotten(self._number, slot))

    def hear_from(self, worker: VoiceEnd, voices: list[tuple[str, bytes, float]]) -> None:
        """Take voice frames of a worker's own people, and pass them on to the other workers."""
        entries = []
        for seat, entry, seconds in voices:
            person = self._seats.get(seat)
            if person is not None and person.far.worker is worker:
                entries.append(entry)
                self._accepted(seat, entry, seconds)
        if entries:
            for other in self._people:
                if other is not worker:
                    cast("VoiceEnd", other).pass_on(self._number, entries)

    async def kept_elsewhere(self) -> KeptElsewhere:
        return KeptElsewhere()

    async def run(self) -> None:
        try:
            await trio.sleep_forever()
        finally:
            self._rooms.forget(self._number)
