"""Who decides in a room: a lease on it, with a token that a later owner's is always larger than.

The clock is the owner's own, monotonic, and counts from before a renewal was sent: an answer that
was long on its way says nothing of how long the lease still is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import coredis
import trio
from coredis.exceptions import RedisError

from roomcli.errors import ConnectionLost

from .keys import RoomKeys

LEASE_SECONDS = 3.0
"""How long a room waits for an owner that is gone."""
ANSWERING_SHARE = 2 / 3
"""Of the lease, in which its owner answers; the rest is for clocks that run unlike each other."""
RENEWING_SHARE = 1 / 3
"""Of the lease, after which it is renewed."""
KNOWN_SECONDS = 26 * 3600
"""How long it is known of a room in which nothing is written here how its last owner left it."""

_KEEP_KNOWN = f"""
if redis.call('HEXISTS', KEYS[2], 'number') == 0 then
  redis.call('PEXPIRE', KEYS[2], {KNOWN_SECONDS * 1000})
end
"""
"""For a room that has no stream: one that has is known as long as its stream is kept."""
_TAKE = f"""
local fence = tonumber(ARGV[2])
local highest, held, said = unpack(redis.call('HMGET', KEYS[2], 'fence', 'held', 'said'))
highest = tonumber(highest or '0')
local holder, mine = redis.call('GET', KEYS[1]), ARGV[1] .. ':' .. ARGV[2]
if (holder and holder ~= mine) or fence < highest then return 0 end
local answer = 1
if fence == highest and ARGV[4] == 'new' then
  if not holder then return 0 end
  answer = tonumber(said or '1')
elseif highest > 0 and tonumber(held or '0') ~= highest then
  answer = 2
end
redis.call('SET', KEYS[1], mine, 'PX', ARGV[3])
redis.call('HSET', KEYS[2], 'fence', ARGV[2], 'held', ARGV[2])
if ARGV[4] == 'new' then redis.call('HSET', KEYS[2], 'said', answer) end
{_KEEP_KNOWN}
return answer
"""
"""Takes the lease or renews it: also one that the server forgot, if no later owner wrote since.

Says by 2 that the owner before gave it up, or is of a version that would not say so. Who asks
again, since the answer was lost with the connection, is told the same again.
"""
_LEFT = 2
_GIVE_UP = f"""
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
redis.call('HDEL', KEYS[2], 'held')
{_KEEP_KNOWN}
return 1
"""


class Fences(Protocol):
    """Gives tokens, each larger than all before, whatever fails; a database's sequence does."""

    async def next_fence(self) -> int:
        """Return the next token. Raises ConnectionLost."""


@dataclass(frozen=True)
class Tenure:
    """What an owner knows of its lease; pure. Times are its monotonic clock's, in seconds."""

    fence: int
    sent: float
    """When the last request that was granted was sent."""
    length: float = LEASE_SECONDS

    def may_answer(self, now: float) -> bool:
        """Whether the owner may still say that something is done."""
        return now < self.sent + self.length * ANSWERING_SHARE

    def is_over(self, now: float) -> bool:
        """Whether somebody else may have the room by now."""
        return now >= self.sent + self.length

    def seconds_until_renewal(self, now: float) -> float:
        """Return when to ask for more; 0 if at once."""
        return max(0.0, self.sent + self.length * RENEWING_SHARE - now)

    def renewed(self, sent: float) -> Tenure:
        """Return what follows from a grant of the request that was sent then."""
        return replace(self, sent=max(self.sent, sent))


class RoomLease:
    """A node's lease on a room: taken, renewed, given up."""

    def __init__(
        self, client: coredis.Redis[bytes], room: str, node: str, length: float = LEASE_SECONDS
    ) -> None:
        self._take = client.register_script(_TAKE)
        self._give_up = client.register_script(_GIVE_UP)
        self._keys = RoomKeys(room)
        self._node = node
        self._length = length
        self.tenure: Tenure | None = None
        self.was_left = False
        """Whether the owner before gave the room up, as one does who has written it down."""
        self.fences: set[int] = set()
        """All tokens by which the node has asked for the room."""

    async def take_over(self, fences: Fences) -> Tenure | None:
        """Take the room if nobody has it, and return for how long; else None.

        From then on nobody with a smaller token can write. Raises ConnectionLost.
        """
        fence = await fences.next_fence()
        self.fences.add(fence)
        sent = trio.current_time()
        granted = await self._ask_for(fence, "new")
        self.was_left = granted == _LEFT
        self.tenure = Tenure(fence, sent, self._length) if granted else None
        return self.tenure

    async def keep_renewing(self) -> None:
        """Renew the lease in time, until it is lost: somebody else has it, or nobody answers.

        Returns when the owner may answer no more.
        """
        while (tenure := self.tenure) is not None:
            now = trio.current_time()
            if not tenure.may_answer(now):
                self.tenure = None
                return
            await trio.sleep(tenure.seconds_until_renewal(now))
            sent = trio.current_time()
            left = tenure.sent + tenure.length * ANSWERING_SHARE - sent
            with trio.move_on_after(max(0.0, left)):
                try:
                    granted = await self._ask_for(tenure.fence, "mine")
                except ConnectionLost:
                    await trio.sleep(tenure.length / 20)
                else:
                    self.tenure = tenure.renewed(sent) if granted else None

    async def give_up(self) -> None:
        """Let somebody else have the room at once. Raises ConnectionLost."""
        tenure, self.tenure = self.tenure, None
        if tenure is not None:
            mine = f"{self._node}:{tenure.fence}"
            keys = [self._keys.owner, self._keys.head]
            await self._ask_valkey(self._give_up, keys, [mine])

    async def _ask_for(self, fence: int, how: str) -> object:
        keys = [self._keys.owner, self._keys.head]
        milliseconds = round(self._length * 1000)
        return await self._ask_valkey(self._take, keys, [self._node, fence, milliseconds, how])

    async def _ask_valkey(
        self, script: coredis.commands.Script[bytes], keys: list[str], words: list[str | int]
    ) -> object:
        try:
            return await script(keys=list(keys), args=list(words))
        except (RedisError, OSError) as error:
            raise ConnectionLost(f"Valkey does not say who has the room ({error})") from None
