"""Tests of asking a Valkey that does not answer, or that another takes the place of."""

from __future__ import annotations

import math
import signal

import pytest
import trio
from coredis.exceptions import RedisError

from server.cluster import client
from server.cluster.address import ValkeyAddress
from server.cluster.client import ValkeyClient
from server.cluster.connection import connected

from ...support.patience import PATIENCE
from ...support.valkey import needed, ordered, own_valkey, valkey_at_port
from ...support.valkey_pair import valkey_pair

pytestmark = needed("valkey")


async def test_nobody_waits_for_a_valkey_that_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "ANSWER_SECONDS", 0.2)
    with own_valkey("valkey") as valkey, trio.fail_after(PATIENCE):
        async with ValkeyClient(valkey.address) as asking:
            assert await asking.incr("count") == 1
            valkey.process.send_signal(signal.SIGSTOP)
            with pytest.raises(OSError, match="timed out"):
                await asking.get("count")
            valkey.process.send_signal(signal.SIGCONT)
            assert await asking.get("count") == b"1"


async def test_a_copy_that_takes_over_is_asked_from_then_on() -> None:
    async with valkey_pair("valkey") as pair, ValkeyClient(*pair.addresses) as asking:
        assert await asking.incr("count") == 1
        assert asking.joined_again_at == -math.inf
        await pair.catch_up()
        await pair.fail_over()
        assert await asking.incr("count") == 2
        assert math.isfinite(asking.joined_again_at)


async def test_the_same_server_again_has_forgotten_nothing_unless_it_began_anew() -> None:
    with own_valkey("valkey") as valkey, trio.fail_after(PATIENCE):
        async with ValkeyClient(valkey.address) as asking:
            assert await asking.incr("count") == 1
            assert math.isfinite(asking.met_at)
            await cut_off(valkey.address, asking)
            await count_again(asking)
            assert asking.joined_again_at == -math.inf
            valkey.kill()
            valkey.start_again()
            await count_again(asking)
            assert math.isfinite(asking.joined_again_at)


async def test_a_server_that_stood_still_for_a_moment_is_the_same_and_for_long_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(client, "BEAT_SECONDS", 0.05)
    with own_valkey("valkey") as valkey, trio.fail_after(PATIENCE):
        async with ValkeyClient(valkey.address) as asking:
            await asking.incr("count")
            first = asking._pool._connection
            valkey.process.send_signal(signal.SIGSTOP)
            await trio.sleep(10 * client.BEAT_SECONDS)
            valkey.process.send_signal(signal.SIGCONT)
            await asking.incr("count")
            assert asking._pool._connection is first
            monkeypatch.setattr(client, "LEASE_SECONDS", 0.0)
            await cut_off(valkey.address, asking)
            await count_again(asking)
            assert math.isfinite(asking.joined_again_at)


async def test_a_server_that_becomes_a_copy_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "BEAT_SECONDS", 0.05)
    with own_valkey("valkey") as first, valkey_at_port("valkey") as (other, port):
        async with ValkeyClient(first.address, other.address) as asking:
            assert await asking.incr("count") == 1
            await ordered(first, "REPLICAOF", "127.0.0.1", port)
            with trio.fail_after(PATIENCE):
                await count_again(asking)
        async with ValkeyClient(other.address) as there:
            assert await there.get("count") == b"1"


async def counted(asking: ValkeyClient) -> int | None:
    """Count, or return None where that fails."""
    try:
        return await asking.incr("count")
    except (RedisError, OSError):
        return None


async def count_again(asking: ValkeyClient) -> None:
    """Count as soon as that is possible."""
    while await counted(asking) is None:  # noqa: ASYNC110 - nobody tells
        await trio.sleep(0.02)


async def cut_off(address: ValkeyAddress, asking: ValkeyClient) -> None:
    """Have a server end the connection of a client."""
    number = str(await asking.client_id())
    async with connected(address) as other:
        await other.call("CLIENT", "KILL", "ID", number)
