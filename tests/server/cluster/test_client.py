"""Tests of asking a Valkey that does not answer, or that another takes the place of."""

from __future__ import annotations

import math
import signal

import pytest
import trio
from coredis.exceptions import RedisError

from server.cluster import client
from server.cluster.client import ValkeyClient

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
        assert asking.joined_again_at <= trio.current_time()


async def test_a_server_that_becomes_a_copy_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "BEAT_SECONDS", 0.05)
    with own_valkey("valkey") as first, valkey_at_port("valkey") as (other, port):
        async with ValkeyClient(first.address, other.address) as asking:
            assert await asking.incr("count") == 1
            await ordered(first, "REPLICAOF", "127.0.0.1", port)
            with trio.fail_after(PATIENCE):
                while await counted(asking) is None:  # noqa: ASYNC110 - nobody tells
                    await trio.sleep(0.02)
        async with ValkeyClient(other.address) as there:
            assert await there.get("count") == b"1"


async def counted(asking: ValkeyClient) -> int | None:
    """Count, or return None where that fails."""
    try:
        return await asking.incr("count")
    except (RedisError, OSError):
        return None
