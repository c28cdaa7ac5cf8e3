"""Tests of finding the server that takes writes, among real ones, and with a real sentinel."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import trio

from roomcli.errors import ConnectionFailed
from server.cluster import primary
from server.cluster.address import ValkeyAddress, read_addresses
from server.cluster.primary import find_primary

from ...support.patience import PATIENCE
from ...support.valkey import both_kinds, needed, own_valkey, valkey_at_port
from ...support.valkey_pair import sentinel, valkey_pair


@both_kinds
async def test_the_one_that_takes_writes_is_found_whatever_comes_first(kind: str) -> None:
    async with valkey_pair(kind) as pair:
        assert await find_primary(pair.addresses) == pair.first.address
        with pytest.raises(ConnectionFailed, match="is a copy"):
            await find_primary([pair.copy.address])
        await pair.fail_over()
        assert await find_primary(pair.addresses) == pair.copy.address


@needed("valkey")
async def test_one_that_is_back_empty_is_not_taken_for_the_one_in_its_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(primary, "OTHERS_SECONDS", PATIENCE)  # a busy machine answers late
    async with valkey_pair("valkey") as pair:
        await pair.catch_up()
        await pair.fail_over()
        pair.first.start_again()
        for order in (1, -1):
            assert await find_primary(pair.addresses[::order]) == pair.copy.address


@needed("redis")
async def test_a_sentinel_names_it_before_and_after_a_failover(tmp_path: Path) -> None:
    async with valkey_pair("redis") as pair:
        await pair.catch_up()
        async with sentinel(pair, tmp_path) as url:
            gone = url.replace("://", "://127.0.0.1:1,")  # another sentinel that is gone
            watched = read_addresses(gone, is_private=False)
            first = await find_primary(watched)
            assert first == ValkeyAddress("127.0.0.1", int(pair.port))
            pair.first.kill()
            with trio.fail_after(PATIENCE):
                while await found_or_none(*watched) is None:  # noqa: ASYNC110 - nobody tells
                    await trio.sleep(0.05)
            assert await find_primary(watched) == ValkeyAddress("127.0.0.1", int(pair.copy_port))
            with pytest.raises(ConnectionFailed, match="is a sentinel: "):
                await find_primary([replace(watched[1], watched="")])
            with pytest.raises(ConnectionFailed, match="knows no server of that name"):
                await find_primary([replace(watched[1], watched="others")])


async def found_or_none(*addresses: ValkeyAddress) -> ValkeyAddress | None:
    """Return the server that takes writes, or None while there is none."""
    try:
        return await find_primary(addresses)
    except ConnectionFailed:
        return None


@needed("valkey")
async def test_what_is_no_sentinel_and_what_is_a_part_of_a_cluster_is_said() -> None:
    with valkey_at_port("valkey") as (_, port), pytest.raises(ConnectionFailed, match="is no sent"):
        await find_primary([ValkeyAddress("127.0.0.1", int(port), watched="rooms")])
    text = "sharded cluster, which is not supported"
    with (
        own_valkey("valkey", "--cluster-enabled", "yes") as part,
        pytest.raises(ConnectionFailed, match=text),
    ):
        await find_primary([part.address])
