"""A room as one server hands it over to another, which has a store of its own."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from roomcli.errors import StoreError
from roomcli.protocol.chat import ChatMessage
from roomcli.protocol.moderation_log import LogEntry
from roomcli.protocol.people import BanNotice, Person, SilenceNotice

from ..store import Seat, Store
from .room import Room
from .rules.answered import KeptAnswer
from .rules.kept import KeptRoom, kept

LOG_PAGE = 1000
"""Entries of the moderation log that are read at once."""


class RoomHandover(Struct, frozen=True, kw_only=True):
    """All that a restart would bring back of a room, and the commands of the last minute.

    People have the ids of who hands it over.
    """

    room: KeptRoom
    chat_count: int
    seats: tuple[Seat, ...]
    people: tuple[Person, ...]
    chat: tuple[ChatMessage, ...]
    bans: tuple[BanNotice, ...]
    silences: tuple[SilenceNotice, ...]
    log: tuple[LogEntry, ...]
    answers: tuple[KeptAnswer, ...] = ()
    """The commands of the last minute."""
    known_for: float = 0.0
    """For how many seconds back all commands are known; a server that keeps none knows none."""

    def is_same_room(self, other: RoomHandover) -> bool:
        """Whether the room is as in this other state; the last commands are part of neither."""
        return replace(self, answers=(), known_for=0.0) == replace(other, answers=(), known_for=0.0)

    def is_at_least(self, other: RoomHandover) -> bool:
        """Whether nothing is missing that another state of the same room has, or it is newer."""
        if self.room.opened_at != other.room.opened_at:
            return self.room.opened_at > other.room.opened_at
        return len(self.log) >= len(other.log) and self.chat_count >= other.chat_count


_decoder = msgspec.msgpack.Decoder(RoomHandover)


def encode_handover(handover: RoomHandover) -> bytes:
    """Return a handover as bytes."""
    return msgspec.msgpack.encode(handover)


def decode_handover(raw: bytes) -> RoomHandover:
    """Return a handover of the same version. Raises msgspec.MsgspecError for anything else."""
    return _decoder.decode(raw)


class HandedRoom:
    """Describes one room again and again, as it could be handed over."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._log: tuple[LogEntry, ...] = ()

    async def describe(self, room: Room) -> RoomHandover:
        """Return the room as it is now. Raises StoreError."""
        store, state = self._store, room.state
        name = state.name
        while len(self._log) < room.state.log_count:  # it may grow while a page is read
            page = await store.log.page(name, state.opened_at, len(self._log), LOG_PAGE)
            if not page:
                raise StoreError("entries of its moderation log are missing")
            self._log += tuple(page)
        # Nothing below waits: it is of one moment, and the log as long as the room knows it.
        state = room.state
        return RoomHandover(
            room=kept(state),
            chat_count=state.chat_count,
            seats=tuple(store.seats.of_room(name).values()),
            people=tuple(state.people.values()),
            chat=state.chat,
            bans=tuple(state.bans.values()),
            silences=tuple(state.silences.values()),
            log=self._log[: state.log_count],
            answers=room.given_again.all(),
            known_for=room.given_again.known_for,
        )


async def adopt(store: Store, handover: RoomHandover, now: float) -> None:
    """Write a room into a store, under the ids that people have there, and wait until it is kept.

    What the store has of the room is from before: what is not handed over holds no more. Raises
    StoreError.
    """
    room = handover.room
    name, owner = room.name, room.owner
    bans = await store.bans.of_room(name, owner, now)
    silences = await store.silences.of_room(name, owner)
    ids = {each.id: store.people.id_of(each.key) for each in handover.people}
    with store.transaction():
        store.rooms.end(name)
        store.log.forget(name, room.opened_at)
        for ban in bans:
            store.bans.lift(name, owner, ban.key)
        for silence in silences:
            store.silences.lift(name, owner, silence.key)
        for person in handover.people:
            store.people.save(replace(person, id=ids[person.id]), now)
        store.rooms.save(room)
        for entry in handover.log:
            store.log.append(name, room.opened_at, entry)
        for seat in handover.seats:
            _save_if_unknown(store, seat, now)
            store.seats.save(seat)
        _adopt_chat(store, handover, ids)
        for ban in handover.bans:
            banned = ids.get(ban.person, "")
            store.bans.save(name, owner, replace(ban, person=banned))
        for silence in handover.silences:
            silenced = store.people.id_of(silence.key)
            store.silences.save(name, owner, replace(silence, person=silenced))
    await store.flushed()


def _adopt_chat(store: Store, handover: RoomHandover, ids: Mapping[str, str]) -> None:
    """Write the chat down; a removed message leaves its number, as it does in the store."""
    name, chat = handover.room.name, {each.number: each for each in handover.chat}
    if not handover.chat_count:
        return
    for number in range(min(chat, default=handover.chat_count), handover.chat_count + 1):
        message = chat.get(number)
        if message is None:
            store.chat.save(name, ChatMessage(number=number, person="", name="", text="", at=0.0))
            store.chat.remove(name, number)
        else:
            author = ids.get(message.person, message.person)
            store.chat.save(name, replace(message, person=author))


def _save_if_unknown(store: Store, seat: Seat, now: float) -> None:
    id = store.people.id_of(seat.key)
    if store.people.find(id) is None:
        store.people.save(Person(id=id, name=seat.name, key=seat.key), now)
