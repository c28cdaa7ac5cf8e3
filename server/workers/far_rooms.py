"""The voice of all rooms whose people are at workers: the parent tells these who may be heard.

It also tells each worker to which others its people's voice has to go.
"""

from __future__ import annotations

from itertools import count
from typing import cast

import trio

from ..rooms.room_voice import Accepted, KeptElsewhere, VoiceRights
from ..rooms.visitor import RoomVisitor
from . import frames as f
from .far_client import FarVisitor, WorkerEnd

NEARLY = 0.1
"""The share by which the number of a room's people elsewhere may be wrong, so that few news do."""


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

    def hear(self, worker: WorkerEnd, heard: f.VoicesHeard) -> None:
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
        self._told: dict[WorkerEnd, tuple[int, tuple[int, ...]]] = {}
        """How many people each worker was told to be at others, and which these are."""

    @property
    def is_empty(self) -> bool:
        """Whether nobody is at a worker."""
        return not self._people

    @property
    def number_of_people(self) -> int:
        """How many people are at workers."""
        return len(self._seats)

    def has_people_of(self, worker: WorkerEnd) -> bool:
        """Whether somebody is at this worker."""
        return worker in self._people

    @property
    def people_elsewhere(self) -> int:
        return 0  # workers are of this machine

    def is_elsewhere(self, visitor: RoomVisitor) -> bool:
        return False

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
        elsewhere, others = self._told[worker] = (
            self._elsewhere(worker),
            self._other_workers(worker),
        )
        worker.send(f.RightsSet(self._number, self._name, self._heard, self._rights, elsewhere))
        worker.send(f.RoomShared(self._number, others))

    def _elsewhere(self, worker: WorkerEnd) -> int:
        return len(self._seats) - self._people[worker]

    def _other_workers(self, worker: WorkerEnd) -> tuple[int, ...]:
        """Return the other workers that have somebody here, by their numbers."""
        others = [each.number for each in self._people if each is not worker]
        return tuple(sorted(each for each in others if each is not None))

    def _tell_of_growth(self) -> None:
        """Tell each worker how many are at which others, where it is no longer (nearly) true."""
        for worker in self._people:
            told, others = self._told[worker]
            differs = abs(self._elsewhere(worker) - told) > told * NEARLY
            if differs or others != self._other_workers(worker):
                self._renew_rights(worker)

    def forget_slot(self, slot: int) -> None:
        for worker in self._people:
            worker.send(f.SlotForgotten(self._number, slot))

    def hear_from(self, worker: WorkerEnd, voices: list[tuple[str, bytes, float]]) -> None:
        """Take voice frames of a worker's own people."""
        for seat, entry, seconds in voices:
            person = self._seats.get(seat)
            if person is not None and person.far.worker is worker:
                self._accepted(seat, entry, seconds)

    async def kept_elsewhere(self) -> KeptElsewhere:
        return KeptElsewhere()

    async def run(self) -> None:
        try:
            await trio.sleep_forever()
        finally:
            self._rooms.forget(self._number)
