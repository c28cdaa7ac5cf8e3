"""What the saves of a room change, as values that another server can read.

A transaction of saves becomes one change: what is new, and what is gone. A room as it was handed
over once, and the changes since, are the room as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from roomcli.errors import StoreError
from roomcli.protocol.chat import CHAT_KEPT, ChatMessage
from roomcli.protocol.moderation_log import LogEntry
from roomcli.protocol.people import BanNotice, Person, SilenceNotice

from ..store import Seat
from .handover import RoomHandover
from .rules import RoomState
from .rules import effects as f
from .rules.answered import KeptAnswer
from .rules.kept import KeptRoom, kept

Key = TypeVar("Key")
Value = TypeVar("Value")


class RoomChange(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The new values of one transaction; None for what is gone. ``ended`` are keys.

    Seats are by id, messages by number, bans and silences by key. A later version may know more.
    """

    room: KeptRoom | None = None
    ended: tuple[str, ...] = ()
    """Whose seats end, before ``seats`` are written."""
    seats: dict[str, Seat | None] = {}
    people: dict[str, Person] = {}
    chat: dict[int, ChatMessage | None] = {}
    log: tuple[LogEntry, ...] = ()
    bans: dict[str, BanNotice | None] = {}
    silences: dict[str, SilenceNotice | None] = {}
    answers: tuple[KeptAnswer, ...] = ()
    known_for: float = 0.0
    is_over: bool = False
    """Whether the room has ended for good."""


_decoder = msgspec.msgpack.Decoder(RoomChange)


def encode_change(change: RoomChange) -> bytes:
    """Return a change as bytes."""
    return msgspec.msgpack.encode(change)


def decode_change(raw: bytes) -> RoomChange:
    """Return a change. Raises msgspec.MsgspecError."""
    return _decoder.decode(raw)


def change_of(saves: Iterable[f.Save], state: RoomState, seats: Mapping[str, Seat]) -> RoomChange:
    """Return what these saves change; ``state`` and ``seats`` are those of the room after them."""
    room: KeptRoom | None = None
    is_over = False
    touched: dict[str, None] = {}
    ended: list[str] = []
    people: dict[str, Person] = {}
    chat: dict[int, ChatMessage | None] = {}
    log: list[LogEntry] = []
    bans: dict[str, BanNotice | None] = {}
    silences: dict[str, SilenceNotice | None] = {}
    answers: list[KeptAnswer] = []
    known_for = 0.0
    for save in saves:
        match save:
            case f.SaveSeat(someone=someone, person=person):
                touched[someone.id] = None
                people[person.id] = person
            case f.RenewSeat(id=id) | f.ForgetSeat(id=id):
                touched[id] = None
            case f.LowerSeats(key=key) | f.EndSeats(key=key):
                touched |= {id: None for id, seat in seats.items() if seat.key == key}
                if isinstance(save, f.EndSeats):
                    ended.append(key)
            case f.SavePerson(person=person):
                people[person.id] = person
            case f.SaveMessage(message=message):
                chat[message.number] = message
                if message.person in state.people:
                    people[message.person] = state.people[message.person]
            case f.ForgetMessage(number=number):
                chat[number] = None
            case f.AppendEntry(entry=entry):
                log.append(entry)
            case f.SaveBan(ban=ban):
                bans[ban.key] = ban
            case f.ForgetBan(key=key):
                bans[key] = None
            case f.SaveSilence(silence=silence):
                silences[silence.key] = silence
            case f.ForgetSilence(key=key):
                silences[key] = None
            case f.KeepAnswer(answer=answer, known_for=known_for):
                answers.append(answer)
            case f.SaveRoom():
                room = kept(state)
            case f.ForgetRoom():
                is_over = True
    return RoomChange(
        room=room,
        ended=tuple(ended),
        seats={id: seats.get(id) for id in touched},
        people=people,
        chat=chat,
        log=tuple(log),
        bans=bans,
        silences=silences,
        answers=tuple(answers),
        known_for=known_for,
        is_over=is_over,
    )


def changed(handover: RoomHandover, changes: Iterable[RoomChange]) -> RoomHandover | None:
    """Return a room as it is after these changes; None if it has ended.

    What is known already is no harm: a change has the values themselves. Raises StoreError where
    entries of the moderation log are missing: nobody could open such a room again.
    """
    room, log = handover.room, list(handover.log)
    seats = {each.id: each for each in handover.seats}
    people = {each.id: each for each in handover.people}
    chat = {each.number: each for each in handover.chat}
    bans = {each.key: each for each in handover.bans}
    silences = {each.key: each for each in handover.silences}
    count, answers, known_for = handover.chat_count, list(handover.answers), handover.known_for
    for change in changes:
        if change.is_over:
            return None
        room = change.room or room
        for id in [id for id, seat in seats.items() if seat.key in change.ended]:
            del seats[id]
        _overwrite(seats, change.seats)
        people |= change.people
        _overwrite(chat, change.chat)
        count = max(count, *change.chat, 0)
        log += [each for each in change.log if each.number > len(log)]
        _overwrite(bans, change.bans)
        _overwrite(silences, change.silences)
        answers += change.answers
        known_for = max(known_for, change.known_for)
    if any(each.number != number for number, each in enumerate(log, 1)):
        raise StoreError("entries of its moderation log are missing")
    return replace(
        handover,
        room=room,
        chat_count=count,
        seats=tuple(seats.values()),
        people=tuple(people.values()),
        chat=tuple(chat[number] for number in sorted(chat)[-CHAT_KEPT:]),
        bans=tuple(bans.values()),
        silences=tuple(silences.values()),
        log=tuple(log),
        answers=tuple(answers),
        known_for=known_for,
    )


def _overwrite(values: dict[Key, Value], new: Mapping[Key, Value | None]) -> None:
    for key, value in new.items():
        values.pop(key, None)  # what was changed last comes last, as in the store
        if value is not None:
            values[key] = value
