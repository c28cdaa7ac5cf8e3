"""Carries out a room's saves in the store, each list of them as one transaction.

The rules say what has to last. Here is what only the store knows: whose ticket is whose, until when
a ticket is good, and the seats of people who are away. Tickets are known by their hashes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ..clock import Clock
from ..store import Seat, Store
from ..store.reports import FiledReport
from .rules import RoomState
from .rules import effects as f
from .rules.kept import kept

SEAT_SECONDS = 24 * 3600.0
"""Seconds that a resume ticket is good after its holder was last seen, at least."""
SPARE_SECONDS = 3600.0
"""Seconds more that a ticket is good, so that not everybody who is lost soon after coming is
written twice."""
MAX_SEATS = 20_000
"""The most seats of a room, twice as many as it takes people; beyond that whoever is away longest
loses theirs."""


class Persistence:
    """Writes one room's part of the store; a :class:`~.room_journal.RoomJournal`."""

    is_sure = True
    may_promise = True

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    @property
    def is_full(self) -> bool:
        return self._store.is_full

    @property
    def is_stuck(self) -> bool:
        return self._store.trouble is not None

    def save(self, state: RoomState, saves: Iterable[f.Save]) -> int:
        awaited = False
        with self._store.transaction(state.name):
            for each in saves:
                self._save(state, each)
                awaited = awaited or each.awaited
        return self._store.queued if awaited else 0

    def file_report(self, report: FiledReport) -> int:
        self._store.reports.save(report)
        return self._store.queued

    async def flushed(self, number: int, until: float) -> None:
        await self._store.flushed(number, until)

    def renew_seats(self, state: RoomState) -> None:
        soon = self._clock.now() + SEAT_SECONDS / 2
        with self._store.transaction(state.name):
            for id, seat in list(self._store.seats.of_room(state.name).items()):
                if id in state.participants and seat.expires_at < soon:
                    self._renew(seat)

    def _save(self, state: RoomState, save: f.Save) -> None:
        store, room = self._store, state.name
        match save:
            case f.SaveSeat():
                self._save_seat(state, save)
            case f.SavePerson(person=person):
                store.people.save(person, self._clock.now())
            case f.RenewSeat(id=id):
                seat = store.seats.of_room(room).get(id)
                if seat is not None and seat.expires_at < self._clock.now() + SEAT_SECONDS:
                    self._renew(seat)
            case f.ForgetSeat(id=id):
                store.seats.forget(room, id)
            case f.LowerSeats(key=key):
                for seat in self._seats_of(room, key):
                    if seat.role != "listener":
                        store.seats.save(replace(seat, role="listener"))
            case f.EndSeats(key=key):
                for seat in self._seats_of(room, key):
                    store.seats.forget(room, seat.id)
            case f.SaveMessage(message=message):
                store.chat.save(room, message)
            case f.ForgetMessage(number=number):
                store.chat.remove(room, number)
            case f.AppendEntry(entry=entry):
                store.log.append(room, state.opened_at, entry)
            case f.SaveBan(owner=owner, ban=ban):
                store.bans.save(room, owner, ban)
            case f.ForgetBan(owner=owner, key=key):
                store.bans.lift(room, owner, key)
            case f.SaveSilence(owner=owner, silence=silence):
                store.silences.save(room, owner, silence)
            case f.ForgetSilence(owner=owner, key=key):
                store.silences.lift(room, owner, key)
            case f.KeepAnswer(answer=answer):
                if store.answers is not None:
                    store.answers.save(room, answer)
            case f.SaveRoom():
                store.rooms.save(kept(state))
            case f.ForgetRoom():
                store.rooms.end(room)

    def _seats_of(self, room: str, key: str) -> list[Seat]:
        return [each for each in self._store.seats.of_room(room).values() if each.key == key]

    def _save_seat(self, state: RoomState, save: f.SaveSeat) -> None:
        id, person, seats = save.someone.id, save.person, self._store.seats.of_room(state.name)
        before = seats.get(id)
        ticket_hash = save.ticket_hash or (before.ticket_hash if before is not None else "")
        if not ticket_hash:
            return
        signer = save.signer or (before.signer if before is not None else person.key)
        self._store.seats.save(
            Seat(
                ticket_hash,
                state.name,
                id,
                person.key,
                person.name,
                save.someone.role,
                save.hand_at,
                self._good_until(),
                person.tail,
                signer,
                save.hand_topic,
            )
        )
        seats = self._store.seats.of_room(state.name)
        if save.ticket_hash and len(seats) > MAX_SEATS:
            away = next((each for each in seats if each not in state.participants), id)
            self._store.seats.forget(state.name, away)

    def _renew(self, seat: Seat) -> None:
        self._store.seats.save(replace(seat, expires_at=self._good_until()))

    def _good_until(self) -> float:
        return self._clock.now() + SEAT_SECONDS + SPARE_SECONDS
