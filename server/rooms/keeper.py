"""Writes what must outlive the server from a room's events to the store."""

from __future__ import annotations

import contextlib
from dataclasses import replace

from roomcli.protocol import events as e
from roomcli.protocol.people import Person, Speaker

from ..clock import Clock
from ..store import Seat, Store, StoredRoom
from ..store.reports import FiledReport
from .rules import RoomState
from .rules import journal as j

SEAT_SECONDS = 24 * 3600.0
"""Seconds that a resume ticket is good after its holder was last seen, at least."""
SPARE_SECONDS = 3600.0
"""Seconds more that a ticket is good, so that not everybody who is lost soon after coming is
written twice."""
MAX_SEATS = 20_000
"""The most seats of a room, twice as many as it takes people; beyond that whoever is away longest
loses theirs."""


class Keeper:
    """Writes one room's part of the store. Tickets are known by their hashes."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    @property
    def is_full(self) -> bool:
        """Whether the store is so busy that optional writes should be refused."""
        return self._store.is_full

    def together(self) -> contextlib.AbstractContextManager[None]:
        """Write everything that is kept inside together, or nothing of it."""
        return self._store.transaction()

    @property
    def newest(self) -> int:
        """The number of the newest transaction."""
        return self._store.queued

    def file_report(self, report: FiledReport) -> None:
        """Save a report for the server's admins."""
        self._store.reports.save(report)

    def note_opening(self, state: RoomState) -> None:
        """Save that the room is open."""
        self._save_room(state)

    def seated(self, state: RoomState, id: str, ticket_hash: str) -> None:
        """Save the participant's seat with this ticket, which replaces an earlier one."""
        self._save_seat(state, id, ticket_hash)
        seats = self._store.seats.of_room(state.name)
        if len(seats) > MAX_SEATS:
            away = next((each for each in seats if each not in state.participants), id)
            self._store.seats.forget(state.name, away)

    def renew(self, state: RoomState) -> None:
        """Renew the tickets of those who are in the room and whose tickets end soon."""
        soon = self._clock.now() + SEAT_SECONDS / 2
        for id, seat in list(self._store.seats.of_room(state.name).items()):
            if id in state.participants and seat.expires_at < soon:
                self._save_seat(state, id)

    def keep(self, before: RoomState, state: RoomState, event: j.JournalEvent) -> None:
        """Save what ``event`` changed between these two states, if it has to last."""
        room = state.name
        match event:
            case j.Departed(id=id, reason="lost"):
                seat = self._store.seats.of_room(room).get(id)
                if seat is not None and seat.expires_at < self._clock.now() + SEAT_SECONDS:
                    self._save_seat(before, id)
            case j.Departed(id=id):
                self._store.seats.forget(room, id)
            case e.RoomEnded():
                self._store.rooms.end(room)
            case e.HandsLowered():
                for hand in before.hands:
                    self._save_seat(state, hand.person.id)
            case (
                e.HandRaised(person=Person(id=id))
                | e.StageJoined(speaker=Speaker(person=Person(id=id)))
                | e.HandLowered(id=id)
                | j.SteppedDown(id=id)
                | e.RoleChanged(id=id)
            ):
                self._save_seat(state, id)
            case e.ChatPosted(message=message):
                self._store.chat.save(room, message)
            case e.PersonChanged(person=person):
                self._save_seat(state, person.id)
                for message in state.chat:
                    if message.person.id == person.id:
                        self._store.chat.save(room, message)
            case e.ChatRemoved(number=number):
                self._store.chat.remove(room, number)
            case e.ModerationLogged(entry=entry):
                self._store.log.append(room, state.opened_at, entry)
            case j.Banned(ban=ban):
                self._store.bans.save(room, state.owner, ban)
            case j.Lowered(key=key):
                for seat in self._seats_of(room, key):
                    if seat.role != "listener":
                        self._store.seats.save(replace(seat, role="listener"))
                self._save_links(before, state)
            case j.SeatsEnded(key=key):
                for seat in self._seats_of(room, key):
                    self._store.seats.forget(room, seat.id)
                self._save_links(before, state)
            case j.Unbanned(key=key):
                self._store.bans.lift(room, state.owner, key)
            case j.SilenceSet(silence=silence):
                self._store.silences.save(room, state.owner, silence)
            case j.SilenceEnded(key=key):
                self._store.silences.lift(room, state.owner, key)
            case j.OwnerNamed():
                for ban in state.bans.values():  # stored under the owner's key
                    self._store.bans.save(room, state.owner, ban)
                for silence in state.silences.values():
                    self._store.silences.save(room, state.owner, silence)
                self._save_room(state)
            case (
                e.RoomLocked()
                | e.RoomUnlocked()
                | e.SettingsChanged()
                | j.PasswordSet()
                | j.RoomInviteKept()
                | j.RoomInviteUsed()
                | j.RoomInvitesRevoked()
            ):
                self._save_room(state)

    def _seats_of(self, room: str, key: str) -> list[Seat]:
        return [each for each in self._store.seats.of_room(room).values() if each.key == key]

    def _save_seat(self, state: RoomState, id: str, ticket_hash: str = "") -> None:
        someone, seat = state.participants.get(id), self._store.seats.of_room(state.name).get(id)
        ticket_hash = ticket_hash or (seat.ticket_hash if seat is not None else "")
        if someone is None or not ticket_hash:
            return
        hand = next((hand for hand in state.hands if hand.person.id == id), None)
        self._store.seats.save(
            Seat(
                ticket_hash,
                state.name,
                id,
                someone.person.key,
                someone.person.name,
                someone.role,
                hand.at if hand else None,
                self._clock.now() + SEAT_SECONDS + SPARE_SECONDS,
                someone.person.tail,
            )
        )

    def _save_links(self, before: RoomState, state: RoomState) -> None:
        if before.room_invites != state.room_invites:
            self._save_room(state)

    def _save_room(self, state: RoomState) -> None:
        self._store.rooms.save(
            StoredRoom(
                name=state.name,
                access=state.access,
                locked=state.locked,
                opened_at=state.opened_at,
                owner=state.owner,
                settings=state.settings,
                password=state.password,
                invites=tuple(state.room_invites.values()),
            )
        )


def must_last(event: j.JournalEvent) -> bool:
    """Whether a restart must not undo this event: its acknowledgement waits for the disk."""
    match event:
        case (
            e.RoleChanged() | e.StageJoined() | j.SteppedDown() | j.SilenceSet() | j.SilenceEnded()
        ):
            return True
        case e.ModerationLogged() | e.ChatPosted() | e.ChatRemoved():
            return True
    return False
