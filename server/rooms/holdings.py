"""What rooms hold of a person, open or closed: what is theirs, roles, bans, silences, reports."""

from __future__ import annotations

from typing import Protocol

from msgspec.structs import replace

from roomcli.protocol.people import BanNotice, Person, SilenceNotice

from ..people.keyring.state import KnownPerson, Past
from ..store import EVERYWHERE, Store
from . import rules
from .room import Room


class OpenRooms(Protocol):
    """The rooms that are open, and the server's time."""

    def open_rooms(self) -> tuple[Room, ...]:
        """Return all rooms that are open."""

    def room(self, name: str) -> Room | None:
        """Return the open room of this name, or None."""

    def now(self) -> float:
        """Return the server's time, in seconds since 1970."""


class RoomHolder:
    """Looks up what rooms hold of somebody, and signs people out of their seats."""

    def __init__(self, rooms: OpenRooms, store: Store) -> None:
        self._rooms = rooms
        self._store = store
        store.keyrings.elsewhere.hear(self._follow)

    async def look_up(self, person: KnownPerson) -> RoomHoldings:
        """Return what is held of a person. Raises StoreError."""
        store, now = self._store, self._rooms.now()
        keys = [each.id for each in person.keys if each.left_at is None]
        bans = await store.bans.of_keys([person.id], now)
        silences = await store.silences.of_person(person.id)
        reports = await store.reports.about(keys)
        known = Person(store.people.id_of(person.id), "", key=person.id)
        ranks = await self._ranks_elsewhere(person.id) if store.fences is not None else {}
        ranks |= {place_of(room): room.rank_of(known) for room in self._rooms.open_rooms()}
        past = Past(
            silences=frozenset(f"room/{room}" for room, _, _ in silences),
            reports=reports,
            ranks={place: rank for place, rank in ranks.items() if rank},
        )
        return RoomHoldings(self._rooms, store, bans, silences, past)

    async def _ranks_elsewhere(self, key: str) -> dict[str, int]:
        """Return how high somebody stands in the rooms that other servers of the store have."""
        ranks: dict[str, int] = {}
        for kept in await self._store.rooms.roles_of(key):
            place = place_named(kept.room, kept.opened_at)
            roles = () if kept.role is None else (kept.role,)
            rank = rules.rank_by(roles, is_owner=kept.is_owner)
            ranks[place] = max(rank, ranks.get(place, 0))
        return ranks

    def _follow(self, id: str, before: KnownPerson | None, now: KnownPerson | None) -> None:
        """Hold in the rooms here what another server made of two persons, or of one.

        What is kept of closed rooms is the same store's, and was written there.
        """
        if now is None:
            return
        had, has = _keys_held(before) or {id}, _keys_held(now)
        person = self._known_by(id)
        for key in sorted(has - had):
            one = self._known_by(key)
            for room in self._rooms.open_rooms():
                room.unite(one, person, min(room.rank_of(one), room.rank_of(person)))
        for key in sorted(had - has):
            for room in self._rooms.open_rooms():
                room.split_off(person, self._known_by(key))

    def _known_by(self, key: str) -> Person:
        id = self._store.people.id_of(key)
        return self._store.people.find(id) or Person(id, "", key=key)

    def sign_out(self, key: str) -> None:
        """End all seats to which somebody came by this key, here or away, and their tickets."""
        for room in self._rooms.open_rooms():
            seats = [
                id
                for id, seat in self._store.seats.of_room(room.name).items()
                if (seat.signer or seat.key) == key
            ]
            if seats:
                room.sign_out(seats)

    def agree(self, person: Person, place: str, rank: int) -> bool:
        """Let a room be somebody's that was withheld when two persons became them.

        A seat on its stage, or as co-host, is its host's to give again.
        """
        found = [each for each in self._rooms.open_rooms() if place_of(each) == place]
        if not found or rank < rules.OWNER:
            return False
        found[0].name_owner(person.key)
        return True


class RoomHoldings:
    """What rooms hold of one person at a moment."""

    def __init__(
        self,
        rooms: OpenRooms,
        store: Store,
        bans: list[tuple[str, str, BanNotice]],
        silences: list[tuple[str, str, SilenceNotice]],
        past: Past,
    ) -> None:
        self._rooms = rooms
        self._store = store
        self._bans = bans
        self._silences = silences
        self.past = past

    def move(self, one: Person, into: Person, past: Past) -> None:
        """Make it the second person's: in open rooms, and in what is kept of closed ones."""
        for room in self._rooms.open_rooms():
            room.unite(one, into, past.ranks.get(place_of(room), 0))
        for name, owner, ban in self._bans:
            if name != EVERYWHERE and self._is_closed(name, owner):
                also = replace(ban, key=into.key, person=into.id, name=into.name)
                self._store.bans.save(name, owner, also)
        self._silence(into)

    def copy(self, person: Person, alone: Person) -> None:
        """Hold the silences against the second person too; nobody who is banned splits off."""
        for room in self._rooms.open_rooms():
            room.split_off(person, alone)
        self._silence(alone)

    def _silence(self, person: Person) -> None:
        for name, owner, silence in self._silences:
            if self._is_closed(name, owner):
                also = replace(silence, key=person.key, person=person.id, name=person.name)
                self._store.silences.save(name, owner, also)

    def _is_closed(self, name: str, owner: str) -> bool:
        room = self._rooms.room(name)
        return room is None or room.owner != owner


def place_of(room: Room) -> str:
    """Return the place that a room is for the rules of keys, which no other room ever is."""
    return place_named(room.name, room.opened_at)


def place_named(name: str, opened_at: float) -> str:
    return f"room/{name}@{opened_at:.0f}"


def _keys_held(person: KnownPerson | None) -> set[str]:
    keys = person.keys if person is not None else ()
    return {each.id for each in keys if each.left_at is None}
