"""Tokens of leases where servers have data of their own each: Valkey's own counter."""

from __future__ import annotations

import coredis
from coredis.exceptions import RedisError

from roomcli.errors import ConnectionLost

from ..cluster.lease import COUNTER

_PASS_BY = """
if tonumber(redis.call('GET', KEYS[1]) or '0') < tonumber(ARGV[1]) then
  redis.call('SET', KEYS[1], ARGV[1])
end
"""


class OneCounter:
    """Tokens of Valkey's own counter: they protect nothing but what is in the same Valkey.

    There the counter is never behind a token that was used: it is written first.
    """

    def __init__(self, client: coredis.Redis[bytes]) -> None:
        self._client = client
        self._pass_by = client.register_script(_PASS_BY)

    async def next_fence(self) -> int:
        """Return the next token. Raises ConnectionLost."""
        try:
            return await self._client.incr(COUNTER)
        except (RedisError, OSError) as error:
            raise ConnectionLost(f"Valkey gave no token ({error})") from None

    async def pass_by(self, fence: int) -> None:
        """Give only larger tokens than this one from now on. Raises ConnectionLost."""
        try:
            await self._pass_by(keys=[COUNTER], args=[fence])
        except (RedisError, OSError) as error:
            raise ConnectionLost(f"Valkey gave no token ({error})") from None
