"""Tests of finding the server that takes writes, among real ones, and with a real sentinel."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import trio
import trio.testing

from roomcli.errors import ConnectionFailed, ConnectionLost
from server.cluster import connection, primary
from server.cluster.address import ValkeyAddress, read_addresses
from server.cluster.connection import connected
from server.cluster.primary import find_primary
from server.cluster.resp import write_command

from ...support.feigned_valkey import IS_A_COPY, TAKES_WRITES, hello, saying
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


@pytest.mark.parametrize(
    "named",
    [("a", "b"), ("a", "99999"), ("a", "-1"), (b"\xff", "1"), ("a" * 300, "1"), ("a\0", "1")],
)
async def test_a_sentinel_that_names_nonsense_is_said_and_ends_nothing(
    named: tuple[bytes | str, str],
) -> None:
    answers = {b"HELLO": hello("sentinel"), b"SENTINEL": write_command(*named)}
    async with saying(answers) as address:
        with pytest.raises(ConnectionFailed):
            await find_primary([replace(address, watched="rooms")])


@pytest.mark.parametrize("answer", [b"HTTP/1.0 400 Bad request\r\n\r\n", b"%1\r\n*0\r\n:1\r\n"])
async def test_what_is_no_valkey_at_all_is_said_and_the_others_are_asked(answer: bytes) -> None:
    living = {b"HELLO": hello("standalone"), b"ROLE": TAKES_WRITES}
    async with saying({b"HELLO": answer, b"ROLE": b":1\r\n"}) as junk, saying(living) as server:
        with pytest.raises(ConnectionFailed):
            await find_primary([junk])
        assert await find_primary([junk, server]) == server


async def test_what_falls_silent_after_it_has_said_hello_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection, "CONNECT_SECONDS", 0.2)
    mute = {b"HELLO": hello("sentinel")}, {b"HELLO": hello("standalone"), b"ROLE": TAKES_WRITES}
    async with saying(mute[0]) as sentinel_there, saying(mute[1]) as server:
        with trio.fail_after(PATIENCE), pytest.raises(ConnectionFailed, match="answers nothing"):
            await find_primary([replace(sentinel_there, watched="rooms")])
        async with connected(server) as asking:
            with trio.fail_after(PATIENCE), pytest.raises(ConnectionLost, match="nothing to TIME"):
                await asking.time_of_day()


@pytest.mark.parametrize("is_watched", [False, True])
async def test_a_copy_that_takes_over_is_found_while_the_old_machine_is_silent(
    *, is_watched: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "CONNECT_SECONDS", PATIENCE)
    monkeypatch.setattr(primary, "SEARCH_SECONDS", PATIENCE)
    named, copy = {b"HELLO": hello("sentinel")}, {b"HELLO": hello("standalone"), b"ROLE": IS_A_COPY}
    async with saying(named) as there, saying({}) as silent, saying(copy) as server:
        named[b"SENTINEL"] = write_command(silent.host, silent.port)
        asked = [replace(there, watched="rooms")] if is_watched else [silent, server]
        found: list[ValkeyAddress] = []

        async def search() -> None:
            found.append(await find_primary(asked))

        with trio.fail_after(PATIENCE / 2):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(search)
                await trio.testing.wait_all_tasks_blocked(0.1)  # they have answered once
                copy[b"ROLE"] = TAKES_WRITES
                named[b"SENTINEL"] = write_command(server.host, server.port)
        assert found == [server]


@needed("redis")
async def test_a_server_that_repeats_what_it_was_asked_tells_no_password() -> None:
    options = ("--requirepass", "geheim", "--rename-command", "HELLO", "")
    with valkey_at_port("redis", *options) as (_, port):
        address = ValkeyAddress("127.0.0.1", int(port), password="geheim")
        with pytest.raises(ConnectionFailed, match="refuses HELLO: ") as failed:
            await find_primary([address])
    assert "geheim" not in str(failed.value)
