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

KEPT_SECONDS = 300
"""How long a room is kept to which nothing is written."""
ENDED_SECONDS = 26 * 3600
"""How long it is known that a room has ended: longer than the tickets are good that it gave."""
MOST_AT_ONCE = 1000
"""Events of one reading."""

_WRITE = """
local highest, number = unpack(redis.call('HMGET', KEYS[1], 'fence', 'number'))
if tonumber(ARGV[1]) < tonumber(highest or '0') then return {'fenced'} end
if not number or tonumber(number) + 1 ~= tonumber(ARGV[2]) then return {'forgotten'} end
local last = tonumber(number)
for at = 4, #ARGV do
  last = last + 1
  redis.call('XADD', KEYS[2], ARGV[1] .. '-' .. last, 'event', ARGV[at])
end
redis.call('HSET', KEYS[1], 'fence', ARGV[1], 'number', last)
for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, ARGV[3]) end
return {'written', tostring(last)}
"""
_SNAPSHOT = """
local highest, number = unpack(redis.call('HMGET', KEYS[1], 'fence', 'number'))
if tonumber(ARGV[1]) < tonumber(highest or '0') then return {'fenced'} end
local fence, before = unpack(redis.call('HMGET', KEYS[3], 'fence', 'number'))
local last = math.max(tonumber(number or '0'), tonumber(ARGV[2]))
redis.call('HSET', KEYS[3], 'fence', ARGV[1], 'number', last, 'state', ARGV[4])
redis.call('HSET', KEYS[1], 'fence', ARGV[1], 'number', last)
if before then
  redis.call('XTRIM', KEYS[2], 'MINID', '=', fence .. '-' .. (tonumber(before) + 1))
end
for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, ARGV[3]) end
return {'written', tostring(last)}
"""
_FORGET = """
local highest = redis.call('HGET', KEYS[1], 'fence')
if tonumber(ARGV[1]) < tonumber(highest or '0') then return {'fenced'} end
redis.call('DEL', KEYS[2], KEYS[3])
if tonumber(ARGV[2]) >= tonumber(redis.call('GET', KEYS[4]) or '0') then
  redis.call('SET', KEYS[4], ARGV[2], 'PX', ARGV[3])
end
return {'written', redis.call('HGET', KEYS[1], 'number') or '0'}
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
        self._forget = client.register_script(_FORGET)
        self._all_keys = [self._keys.head, self._keys.events, self._keys.snapshot]

    async def write_events(self, first: Position, events: Sequence[bytes]) -> Written | NotWritten:
        """Write what happened, from this position on, all of it or nothing.

        Raises ConnectionLost: then nobody knows whether it was written.
        """
        keys = [self._keys.head, self._keys.events]
        kept = KEPT_SECONDS * 1000
        return await self._write_by(self._write, keys, first.fence, first.number, kept, *events)

    async def write_snapshot(self, at: Position, state: bytes) -> Written | NotWritten:
        """Keep the state, in which all is that the stream has, and forget all before the last one.

        ``at`` is where the owner takes the stream to be; it may be further. Raises ConnectionLost.
        """
        kept = KEPT_SECONDS * 1000
        return await self._write_by(
            self._snapshot, self._all_keys, at.fence, at.number, kept, state
        )

    async def forget(self, fence: int, opened_at: float) -> Written | NotWritten:
        """Keep nothing of a room that has ended, but when it was opened. Raises ConnectionLost."""
        keys, known = [*self._all_keys, self._keys.ended], ENDED_SECONDS * 1000
        return await self._write_by(self._forget, keys, fence, repr(opened_at), known)

    async def last_end(self) -> float:
        """Return when the last room of this name was opened that has ended; 0 for none.

        Raises ConnectionLost.
        """
        try:
            return float(await self._client.get(self._keys.ended) or 0)
        except (RedisError, OSError) as error:
            raise ConnectionLost(f"Valkey does not say which rooms have ended ({error})") from None

    async def refresh(self) -> None:
        """Keep what is kept for a while more. Raises ConnectionLost."""
        try:
            for key in self._all_keys:
                await self._client.pexpire(key, KEPT_SECONDS * 1000)
        except (RedisError, OSError) as error:
            raise ConnectionLost(f"Valkey does not answer ({error})") from None

    async def last_fence(self) -> int:
        """Return the largest token by which the room was taken; 0 for none.

        Raises ConnectionLost.
        """
        try:
            return int(await self._client.hget(self._keys.head, b"fence") or 0)
        except (RedisError, OSError) as error:
            raise ConnectionLost(f"Valkey does not say who had the room ({error})") from None

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

    async def _write_by(
        self,
        script: coredis.commands.Script[bytes],
        keys: list[str],
        fence: int,
        *words: str | int | bytes,
    ) -> Written | NotWritten:
        try:
            said: object = await script(keys=list(keys), args=[fence, *words])
        except (RedisError, OSError) as error:
            raise ConnectionLost(f"Valkey does not say whether it wrote ({error})") from None
        assert isinstance(said, list)
        outcome, *more = [each for each in said if isinstance(each, bytes)]
        if outcome == b"written":
            return Written(Position(fence, int(more[0])))
        return NotWritten(outcome.decode())


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
