"""Tokens of leases where servers have data of their own each: a counter in Valkey."""

from __future__ import annotations

import coredis
from coredis.exceptions import RedisError

from roomcli.errors import ConnectionLost

COUNTER = "roomcli:fences"
REIGN = "roomcli:reign"
LEAP = 2**20
"""Tokens: a copy never lacks so many."""
A_MILLISECOND = 2**11
"""Tokens: no Valkey gives so many in one; so they are below 2^53, where Lua counts exactly."""

_NEXT = """
local server, copies = redis.call('INFO', 'server'), redis.call('INFO', 'replication')
local reign = (string.match(server, 'run_id:(%w+)') or '')
  .. (string.match(copies, 'master_replid:(%w+)') or '')
if redis.call('GET', KEYS[2]) ~= reign then
  local last = tonumber(redis.call('GET', KEYS[1]) or '0')
  local time = redis.call('TIME')
  local milliseconds = time[1] * 1000 + math.floor(time[2] / 1000)
  local leapt = math.max(last + ARGV[1], milliseconds * ARGV[2])
  redis.call('SET', KEYS[1], string.format('%.0f', leapt))
  redis.call('SET', KEYS[2], reign)
end
return redis.call('INCR', KEYS[1])
"""
_PASS_BY = """
if tonumber(redis.call('GET', KEYS[1]) or '0') < tonumber(ARGV[1]) then
  redis.call('SET', KEYS[1], ARGV[1])
end
"""


class CountedTokens:
    """Tokens of a counter, which leaps with each reign: they go up whatever fails.

    A reign is one server's time as the one that takes writes. A copy that takes over may lack the
    last tokens, and a server that is back empty has none: so the next reign begins far above what
    is known of the one before, and above all that were given before, by the clock.
    """

    def __init__(self, client: coredis.Redis[bytes]) -> None:
        self._next = client.register_script(_NEXT)
        self._pass_by = client.register_script(_PASS_BY)

    async def next_fence(self) -> int:
        """Return the next token. Raises ConnectionLost."""
        try:
            answer: object = await self._next(keys=[COUNTER, REIGN], args=[LEAP, A_MILLISECOND])
        except (RedisError, OSError) as error:
            raise ConnectionLost(f"Valkey gave no token ({error})") from None
        assert isinstance(answer, int)
        return answer

    async def pass_by(self, fence: int) -> None:
        """Give only larger tokens than this one from now on. Raises ConnectionLost."""
        try:
            await self._pass_by(keys=[COUNTER], args=[fence])
        except (RedisError, OSError) as error:
            raise ConnectionLost(f"Valkey gave no token ({error})") from None
