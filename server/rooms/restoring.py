"""Restores a room from the store: as it was when the server stopped, or was handed over."""

from __future__ import annotations

from msgspec.structs import asdict, replace

from roomcli.errors import StoreError
from roomcli.protocol.chat import ChatMessage
from roomcli.protocol.people import Person
from roomcli.protocol.times import KEEP_SEAT

from ..store import Seat, Store
from .rules import Participant, RoomState
from .rules.state import MAX_DEPARTED, Limits


async def restored_room(store: Store, name: str, now: float, limits: Limits) -> RoomState:
    """Return the state of a room as a start finds it; its host has a while to return.

    Raises StoreError if some of the room is damaged or missing: half a room is not opened.
    """
    await store.rooms.check(await store.rooms.load(name))
    return await stored_room(store, name, now, limits)


async def stored_room(store: Store, name: str, now: float, limits: Limits) -> RoomState:
    """Return the state of a room; its host has a while to return.

    Unlike :func:`restored_room` it also serves rooms that were written since the start, whose rows
    nobody has counted. Raises StoreError.
    """
    stored = await store.rooms.load(name)
    owner, at = stored.owner, stored.opened_at
    state = RoomState.new(name, stored.access, limits, owner=owner, at=at)
    away = sorted(store.seats.of_room(name).values(), key=lambda seat: seat.role != "listener")
    away = away[-MAX_DEPARTED:]
    head = await store.log.head(name, stored.opened_at)
    chat = await store.chat.of_room(name)
    return replace(
        state,
        **asdict(stored),
        people=_people(store, away, chat),
        bans={ban.key: ban for ban in await store.bans.of_room(name, stored.owner, now)},
        silences={each.key: each for each in await store.silences.of_room(name, stored.owner)},
        departed={seat.id: _away(store, seat, stored.owner) for seat in away},
        chat=tuple(chat),
        chat_count=await store.chat.newest_number(name),
        log_head=head.hash if head else state.log_head,
        log_count=head.number if head else 0,
        heir_at=now + KEEP_SEAT,
    )


def _people(store: Store, seats: list[Seat], chat: list[ChatMessage]) -> dict[str, Person]:
    """Return those who are away, as they were called here, and those who wrote something.

    Raises StoreError if somebody is not known: nothing could be done about them.
    """
    people: dict[str, Person] = {}
    for message in chat:
        known = _of_record(store, message.person)
        tail = message.tail if message.name == known.name else ""
        people[message.person] = replace(known, tail=tail)
    for seat in seats:
        known = _of_record(store, store.people.id_of(seat.key))
        people[known.id] = replace(known, name=seat.name, tail=seat.tail)
    return people


def _of_record(store: Store, id: str) -> Person:
    person = store.people.find(id)
    if person is None:
        raise StoreError("somebody whom it names is missing among the people")
    return person


def _away(store: Store, seat: Seat, owner: str) -> Participant:
    """Return the participant of a seat: somebody in the room at the stop, or shortly before."""
    stood_in = seat.role == "host" and seat.key != owner
    return Participant(
        id=seat.id,
        person=store.people.id_of(seat.key),
        joined_at=0.0,
        role="cohost" if stood_in else seat.role,
        returns=True,
    )
