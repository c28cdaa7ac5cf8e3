"""What happened in a room, as a stream in Valkey that its owner alone can write to.

Each write is one function in the server, which compares the owner's token with the room's and
writes, or refuses. An event's id in the stream is its token and its number, so that these are
never written twice and always go up. After a failover the last second may be missing: the owner is
told, and writes a snapshot anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

import coredis
from coredis.exceptions import RedisError
from coredis.response.types import StreamEntry

from roomcli.errors import ConnectionLost, StoreError

from .keys import RoomKeys

ANSWER_SECONDS = 60
"""How long a command's answer is kept for whoever gives it again."""
MOST_AT_ONCE = 1000
"""Events of one reading."""

_WRITE = """
local highest, number = unpack(redis.call('HMGET', KEYS[1], 'fence', 'number'))
if tonumber(ARGV[1]) < tonumber(highest or '0') then return {'fenced'} end
local answer = redis.call('GET', KEYS[3])
if answer then return {'again', answer} end
if not number or tonumber(number) + 1 ~= tonumber(ARGV[2]) then return {'forgotten'} end
local last = tonumber(number)
for at = 5, #ARGV do
  last = last + 1
  redis.call('XADD', KEYS[2], ARGV[1] .. '-' .. last, 'event', ARGV[at])
end
redis.call('HSET', KEYS[1], 'fence', ARGV[1], 'number', last)
redis.call('SET', KEYS[3], ARGV[3], 'PX', ARGV[4])
return {'written', tostring(last)}
"""
_SNAPSHOT = """
local highest, number = unpack(redis.call('HMGET', KEYS[1], 'fence', 'number'))
if tonumber(ARGV[1]) < tonumber(highest or '0') then return {'fenced'} end
local fence, before = unpack(redis.call('HMGET', KEYS[3], 'fence', 'number'))
redis.call('HSET', KEYS[3], 'fence', ARGV[1], 'number', ARGV[2], 'state', ARGV[3])
local last = math.max(tonumber(number or '0'), tonumber(ARGV[2]))
redis.call('HSET', KEYS[1], 'fence', ARGV[1], 'number', last)
if before then
  redis.call('XTRIM', KEYS[2], 'MINID', '=', fence .. '-' .. (tonumber(before) + 1))
end
return {'written', tostring(last)}
"""


class Position(NamedTuple):
    """Where in a room's stream something is: its owner's token, and its number in the room."""

    fence: int
    number: int


class StreamEvent(NamedTuple):
    """One event of a room."""

    at: Position
    event: bytes


@dataclass(frozen=True)
class RoomRecord:
    """A room as it is kept: a snapshot of its state, and what happened after."""

    at: Position
    snapshot: bytes
    events: tuple[StreamEvent, ...]


@dataclass(frozen=True)
class Written:
    """The events are in the stream; the last has this position."""

    last: Position


@dataclass(frozen=True)
class AnsweredBefore:
    """The command was carried out already, with this answer; nothing was written."""

    answer: bytes


class NotWritten(Enum):
    """Why nothing was written."""

    FENCED = "fenced"
    """Another owner has the room: stop."""
    FORGOTTEN = "forgotten"
    """The server is back empty, or lost the end: write a snapshot, then this once more."""


class RoomStream:
    """Writes and reads the stream of one room."""

    def __init__(self, client: coredis.Redis[bytes], room: str) -> None:
        self._client = client
        self._keys = RoomKeys(room)
        self._write = client.register_script(_WRITE)
        self._snapshot = client.register_script(_SNAPSHOT)

    async def write_events(
        self, first: Position, events: Sequence[bytes], command_id: str, answer: bytes
    ) -> Written | AnsweredBefore | NotWritten:
        """Write what follows from a command, from this position on, all of it or nothing.

        A command given again within 60 s gets the first answer. Raises ConnectionLost: then nobody
        knows whether it was written, and to write it once more is safe.
        """
        keys = [self._keys.head, self._keys.events, self._keys.answer(command_id)]
        words: list[str | int | bytes] = [
            first.fence,
            first.number,
            answer,
            ANSWER_SECONDS * 1000,
            *events,
        ]
        said, *more = await self._ask_valkey(self._write, keys, words)
        if said == b"again":
            return AnsweredBefore(more[0])
        if said == b"written":
            return Written(Position(first.fence, int(more[0])))
        return NotWritten(said.decode())

    async def write_snapshot(self, at: Position, state: bytes) -> Written | NotWritten:
        """Keep the state at this position, and forget what happened up to the snapshot before.

        Raises ConnectionLost.
        """
        keys = [self._keys.head, self._keys.events, self._keys.snapshot]
        said, *more = await self._ask_valkey(self._snapshot, keys, [at.fence, at.number, state])
        if said == b"written":
            return Written(Position(at.fence, int(more[0])))
        return NotWritten(said.decode())

    async def read_room(self) -> RoomRecord | None:
        """Return what is kept of the room, or None. Raises ConnectionLost, and StoreError."""
        try:
            found = await self._client.hgetall(self._keys.snapshot)
            if not found:
                return None
            at = _position_in(found)
            events = await self.read_after(at)
        except (RedisError, OSError) as error:
            raise ConnectionLost(f"Valkey gave no room ({error})") from None
        return RoomRecord(at, found[b"state"], tuple(events))

    async def read_after(self, position: Position) -> list[StreamEvent]:
        """Return what happened after this position. Raises ConnectionLost."""
        events: list[StreamEvent] = []
        while True:
            begin = f"({position.fence}-{position.number}"
            try:
                found = await self._client.xrange(
                    self._keys.events, start=begin, count=MOST_AT_ONCE
                )
            except (RedisError, OSError) as error:
                raise ConnectionLost(f"Valkey gave no events ({error})") from None
            events += [_event(each) for each in found]
            if len(found) < MOST_AT_ONCE:
                return events
            position = events[-1].at

    async def wait_after(self, position: Position, patience: float) -> list[StreamEvent]:
        """Return what happens after this position, as soon as it does; [] after ``patience`` s.

        Raises ConnectionLost.
        """
        try:
            found = await self._client.xread(
                {self._keys.events: f"{position.fence}-{position.number}"},
                count=MOST_AT_ONCE,
                block=max(1, round(patience * 1000)),
            )
        except (RedisError, OSError) as error:
            raise ConnectionLost(f"Valkey gave no events ({error})") from None
        entries = [each for several in (found or {}).values() for each in several]
        return [_event(each) for each in entries]

    async def _ask_valkey(
        self,
        script: coredis.commands.Script[bytes],
        keys: list[str],
        words: Sequence[str | int | bytes],
    ) -> list[bytes]:
        try:
            said: object = await script(keys=list(keys), args=list(words))
        except (RedisError, OSError) as error:
            raise ConnectionLost(f"Valkey does not say whether it wrote ({error})") from None
        assert isinstance(said, list)
        return [each for each in said if isinstance(each, bytes)]


def _position_in(found: Mapping[bytes, bytes]) -> Position:
    try:
        return Position(int(found[b"fence"]), int(found[b"number"]))
    except (KeyError, ValueError):
        raise StoreError("what Valkey keeps of a room is damaged: it has no position") from None


def _event(entry: StreamEntry) -> StreamEvent:
    fence, _, number = _raw(entry.identifier).partition(b"-")
    return StreamEvent(Position(int(fence), int(number)), _raw(entry.field_values[b"event"]))


def _raw(text: bytes | str) -> bytes:
    """Return bytes as they are; coredis has a text where it was told to decode, as we do not."""
    return text if isinstance(text, bytes) else text.encode()


class Verdict(Enum):
    """What a consumer does with an event."""

    NEXT = "next"
    KNOWN = "known"
    """Drop it."""
    GAP = "gap"
    """Ask for what is between."""
    ANEW = "anew"
    """What one has was forgotten at a failover: begin with the snapshot."""


class StreamFollower:
    """Judges the events of a room by what came before; pure."""

    def __init__(self, position: Position) -> None:
        self.position = position

    def judge_event(self, at: Position) -> Verdict:
        """Return what to do with the event at this position, and go on to it if it is the next."""
        fence, number = self.position
        if at.fence < fence or (at.fence == fence and at.number <= number):
            return Verdict.KNOWN
        if at.number <= number:
            return Verdict.ANEW
        if at.number > number + 1:
            return Verdict.GAP
        self.position = at
        return Verdict.NEXT
