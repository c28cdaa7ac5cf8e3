"""Tests of what servers of a cluster let each other know, against real Valkey and Redis."""

from __future__ import annotations

import coredis

from benchmarks.valkey import ValkeyServer
from server.cluster.bulletins import Bulletins
from server.cluster.client import ValkeyClient


async def exchanged(client: coredis.Redis[bytes], name: str, said: bytes) -> Bulletins:
    """Return the bulletins of a server that has said this."""
    bulletins = Bulletins(client, name)
    await bulletins.exchange(said)
    return bulletins


async def test_each_server_reads_what_the_others_say_last(shared_valkey: ValkeyServer) -> None:
    async with ValkeyClient(shared_valkey.address) as client:
        one = await exchanged(client, "one", b"a room")
        two = await exchanged(client, "two", b"")
        first = await two.exchange(b"nothing")
        assert first == {"one": b"a room"}
        again = await two.exchange(b"nothing")
        assert again["one"] is first["one"]
        assert await one.exchange(b"two rooms") == {"two": b"nothing"}
        assert await two.exchange(b"nothing") == {"one": b"two rooms"}
        await one.withdraw()
        assert await two.exchange(b"nothing") == {}


async def test_a_valkey_that_is_back_empty_is_told_everything(shared_valkey: ValkeyServer) -> None:
    async with ValkeyClient(shared_valkey.address) as client:
        one = await exchanged(client, "one", b"a room")
        two = await exchanged(client, "two", b"another room")
        await client.flushall()
        for each, said in ((one, b"a room"), (two, b"another room"), (one, b"a room")):
            await each.exchange(said)  # who was forgotten is told so, and says it all
        assert await two.exchange(b"another room") == {"one": b"a room"}
