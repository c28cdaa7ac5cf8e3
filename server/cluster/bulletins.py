"""What each server of a cluster lets all others know, in Valkey as long as it lives.

One call a second does it all: it renews one's own bulletin, and brings those of the others that
have changed since. Who has not called for :data:`KEPT_SECONDS` is known no more.
"""

from __future__ import annotations

from collections.abc import Mapping

import coredis
from coredis.exceptions import RedisError

from roomcli.errors import ConnectionLost

KEPT_SECONDS = 5.0
"""How long a server is known that says nothing more."""
_NAMES = "roomcli:{servers}"
"""The servers, by when they are forgotten; the tag lets one function use it and all bulletins."""

_EXCHANGE = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if ARGV[4] ~= '' then redis.call('HSET', KEYS[2], 'version', ARGV[3], 'text', ARGV[4]) end
local kept = redis.call('PEXPIRE', KEYS[2], ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
local known = {}
for at = 5, #ARGV, 2 do known[ARGV[at]] = ARGV[at + 1] end
local answer = {kept}
for _, name in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  local key = KEYS[1] .. ':' .. name
  local version = redis.call('HGET', key, 'version')
  if version and name ~= ARGV[1] then
    local text = ''
    if known[name] ~= version then text = redis.call('HGET', key, 'text') end
    answer[#answer + 1] = name
    answer[#answer + 1] = version
    answer[#answer + 1] = text
  end
end
return answer
"""
_WITHDRAW = """
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('DEL', KEYS[2])
return 1
"""


class Bulletins:
    """The bulletin of the server ``name``, and those of the others."""

    def __init__(self, client: coredis.Redis[bytes], name: str) -> None:
        self._exchange = client.register_script(_EXCHANGE)
        self._withdraw = client.register_script(_WITHDRAW)
        self._name = name
        self._own = b""
        self._version = 0
        self._is_told = False
        self._versions: dict[str, bytes] = {}
        self._texts: dict[str, bytes] = {}

    async def exchange(self, own: bytes) -> Mapping[str, bytes]:
        """Let others know this, and return what they say, by their names.

        The text of a server is the same object until it says something else. Raises ConnectionLost.
        """
        if own != self._own:
            self._own, self._is_told = own, False
            self._version += 1
        told = b"" if self._is_told else own
        words: list[str | int | bytes] = [
            self._name,
            round(KEPT_SECONDS * 1000),
            self._version,
            told,
        ]
        for name, version in self._versions.items():
            words += [name, version]
        kept, *found = await self._ask_valkey(self._exchange, words)
        self._is_told = bool(kept)  # one that Valkey has forgotten is told anew
        texts: dict[str, bytes] = {}
        self._versions = {}
        for raw, version, text in zip(found[::3], found[1::3], found[2::3], strict=True):
            name = raw.decode()
            self._versions[name] = version
            texts[name] = text or self._texts.get(name, b"")
        self._texts = texts
        return texts

    async def withdraw(self) -> None:
        """Let others know at once that this server is gone. Raises ConnectionLost."""
        await self._ask_valkey(self._withdraw, [self._name])

    async def _ask_valkey(
        self, script: coredis.commands.Script[bytes], words: list[str | int | bytes]
    ) -> list[bytes]:
        keys = [_NAMES, f"{_NAMES}:{self._name}"]
        try:
            answer: object = await script(keys=list(keys), args=list(words))
        except (RedisError, OSError) as error:
            raise ConnectionLost(f"Valkey says nothing of other servers ({error})") from None
        return answer if isinstance(answer, list) else []
