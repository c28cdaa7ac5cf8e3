"""Tests that tokens go up, against real Valkey and Redis, whatever these forget."""

from __future__ import annotations

from benchmarks.valkey import ValkeyServer
from server.cluster.client import ValkeyClient
from server.cluster.room_tokens import CountedTokens

from ...support.valkey import both_kinds, own_valkey
from ...support.valkey_pair import valkey_pair


@both_kinds
async def test_tokens_go_up_also_where_the_server_is_back_empty(kind: str) -> None:
    with own_valkey(kind) as server:
        async with ValkeyClient(server.address) as client:
            tokens = CountedTokens(client)
            before = [await tokens.next_fence() for _ in range(3)]
            server.kill()
            server.start_again()
            after = await tokens.next_fence()
    assert before == list(range(before[0], before[0] + 3))
    assert before[-1] < after < 2**53


@both_kinds
async def test_tokens_go_up_also_where_a_copy_that_takes_over_lacks_the_last(kind: str) -> None:
    async with valkey_pair(kind) as pair, ValkeyClient(*pair.addresses) as client:
        tokens = CountedTokens(client)
        kept = await tokens.next_fence()
        await pair.cut_copy()
        before = [await tokens.next_fence() for _ in range(3)]
        await pair.fail_over()
        after = [await tokens.next_fence() for _ in range(2)]
    assert [kept, *before, *after] == sorted({kept, *before, *after})


async def test_tokens_are_passed_by(shared_valkey: ValkeyServer) -> None:
    async with ValkeyClient(shared_valkey.address) as client:
        tokens = CountedTokens(client)
        known = await tokens.next_fence() + 100
        await tokens.pass_by(known)
        assert await tokens.next_fence() > known
        await tokens.pass_by(known)  # they are beyond it already
        assert await tokens.next_fence() > known + 1
