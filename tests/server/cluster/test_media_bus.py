"""Tests of voice between servers, over real Valkey and Redis, also while these fail."""

from __future__ import annotations

import signal
import ssl
from dataclasses import replace

import pytest
import trio

from roomcli.errors import ConnectionFailed
from server.cluster import media_bus
from server.cluster.address import ValkeyAddress
from server.cluster.connection import connected
from server.cluster.media_bus import MediaBus

from ...support.feigned_valkey import TAKES_WRITES, hello, saying
from ...support.patience import PATIENCE, until
from ...support.tls_site import make_authority
from ...support.valkey import (
    TakenDown,
    both_kinds,
    needed,
    on_bus,
    ordered,
    own_valkey,
    published_until,
    valkey_at_port,
)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a bus take no busy machine for a server that is silent or slow."""
    monkeypatch.setattr(media_bus, "BEAT_SECONDS", PATIENCE)
    monkeypatch.setattr(media_bus, "LATE", PATIENCE)


@both_kinds
async def test_rooms_are_heard_by_the_others_who_want_them_and_by_nobody_else(
    kind: str, patient: None
) -> None:
    with own_valkey(kind) as server:
        async with (
            on_bus(server.address, rooms=("a", "ü b", "end")) as (one, mine),
            on_bus(server.address, rooms=("a", "end")) as (_, theirs),
        ):
            bundles = [bytes([number]) * 400 for number in range(50)]
            for bundle in bundles:
                assert one.publish("a", bundle)
            one.publish("ü b", b"theirs is another room")
            await published_until(one, "end", theirs)
            assert [raw for room, raw in theirs.heard if room == "a"] == bundles
            assert theirs.rooms == {"a", "end"}
            assert mine.heard == []
            # Valkey may pass on what was sent before whoever sent it runs again to count it.
            await until(lambda: one.traffic.published > len(bundles) + 1)
            assert one.traffic.dropped == 0


@both_kinds
async def test_a_room_is_heard_no_more_once_nobody_is_in_it(kind: str) -> None:
    with own_valkey(kind) as server:
        async with on_bus(server.address) as (one, _), on_bus(server.address) as (two, heard):
            two.subscribe("a")
            two.subscribe("b")
            await published_until(one, "a", heard)
            two.unsubscribe("a")
            two.subscribe("c")
            await published_until(one, "c", heard)  # asked for after the other was let go
            heard.heard.clear()
            one.publish("a", b"late")
            await published_until(one, "b", heard)
            assert heard.rooms == {"b"}


@both_kinds
async def test_a_server_that_was_killed_and_is_back_is_joined_again(
    kind: str, patient: None
) -> None:
    with own_valkey(kind) as server:
        async with (
            on_bus(server.address) as (one, told),
            on_bus(server.address, rooms=("a", "b")) as (two, heard),
        ):
            await published_until(one, "a", heard)
            server.kill()
            await until(lambda: not one.is_whole and not two.is_whole)
            assert not one.publish("a", b"to nobody")
            assert one.traffic.dropped == 1
            server.start_again()
            await until(lambda: one.is_whole and two.is_whole)
            await published_until(one, "a", heard)
            await published_until(one, "b", heard)
            for states in (told.states, heard.states):
                before, reason, after = states
                assert (before, after) == ("whole", "whole")
                assert "Valkey" in reason
            assert one.traffic.cuts == two.traffic.cuts == 1


@both_kinds
async def test_a_server_that_stands_still_holds_up_nobody(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media_bus, "BEAT_SECONDS", 0.3)
    monkeypatch.setattr(media_bus, "MOST_WAITING", 100_000)
    with own_valkey(kind) as server:
        async with on_bus(server.address, rooms=("a",)) as (one, told):
            server.process.send_signal(signal.SIGSTOP)
            sent = 0
            while one.is_whole:  # publish is no coroutine: nothing here can wait
                one.publish("a", bytes(2000))
                sent += 1
                assert one._waiting_bytes < 103_000
                if sent % 100 == 0:
                    await trio.lowlevel.checkpoint()
            assert one.traffic.dropped > 0
            assert one.traffic.published + one.traffic.dropped <= sent
            assert told.states[-1] != "whole"
            server.process.send_signal(signal.SIGCONT)
            await until(lambda: one.is_whole)
            async with on_bus(server.address) as (other, _):
                await published_until(other, "a", told)


@both_kinds
async def test_a_copy_that_takes_over_is_joined_with_all_rooms(kind: str) -> None:
    with valkey_at_port(kind) as (first, port), own_valkey(kind) as copy:
        await ordered(copy, "REPLICAOF", "127.0.0.1", port)
        with pytest.raises(ConnectionFailed, match="is a copy"):
            async with connected(copy.address):
                pass
        both = (copy.address, first.address)
        async with on_bus(*both) as (one, _), on_bus(*both, rooms=("a",)) as (_, heard):
            await published_until(one, "a", heard)
            first.kill()
            await ordered(copy, "REPLICAOF", "NO", "ONE")
            await published_until(one, "a", heard)


@both_kinds
async def test_a_server_that_becomes_a_copy_is_left(kind: str) -> None:
    with own_valkey(kind) as first, valkey_at_port(kind) as (other, port):
        both = (first.address, other.address)
        async with on_bus(*both) as (one, _), on_bus(*both, rooms=("a",)) as (_, heard):
            await published_until(one, "a", heard)
            await ordered(first, "REPLICAOF", "127.0.0.1", port)
            await published_until(one, "a", heard)
            await until(lambda: one.traffic.cuts > 0)
            async with on_bus(other.address, rooms=("a",)) as (_, there):
                await published_until(one, "a", there)


@both_kinds
async def test_a_password_is_given_and_a_wrong_one_said_without_showing_it(kind: str) -> None:
    with own_valkey(kind, "--requirepass", "geheim") as server:
        right = replace(server.address, password="geheim")
        async with on_bus(right) as (one, _), on_bus(right, rooms=("a",)) as (_, heard):
            await published_until(one, "a", heard)
        listener = TakenDown()
        wrong = replace(server.address, password="falsch")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(MediaBus([wrong], listener).run)
            await until(lambda: bool(listener.states))
            nursery.cancel_scope.cancel()
        assert "WRONGPASS" in listener.states[0]
        assert "falsch" not in listener.states[0]


@both_kinds
async def test_an_account_that_may_not_publish_is_told_so(kind: str) -> None:
    with own_valkey(kind) as server:
        await ordered(server, "ACL", "SETUSER", "default", "-publish")
        listener = TakenDown()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(MediaBus([server.address], listener).run)
            await until(lambda: bool(listener.states))
            nursery.cancel_scope.cancel()
        assert "refuses PUBLISH" in listener.states[0]


async def test_what_answers_unasked_is_said_and_looked_for_again() -> None:
    answers = {b"HELLO": hello("standalone"), b"PUBLISH": b":0\r\n", b"ROLE": TAKES_WRITES * 4}
    listener = TakenDown()
    async with saying(answers) as address, trio.open_nursery() as nursery:
        bus = MediaBus([address], listener)
        nursery.start_soon(bus.run)
        await until(lambda: bool(bus.trouble))
        answers[b"ROLE"] = TAKES_WRITES
        await until(lambda: bus.is_whole)
        nursery.cancel_scope.cancel()


@needed("redis")
async def test_tls_is_used_and_only_with_a_certificate_that_is_trusted(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("tls")
    ca_file, _ = make_authority(folder, "localhost")
    site = str(folder / "site.pem")
    files = ("--tls-cert-file", site, "--tls-key-file", site, "--tls-ca-cert-file", str(ca_file))
    options = ("--tls-auth-clients", "no", *files)
    with valkey_at_port("redis", *options, option="--tls-port") as (_, port):
        address = ValkeyAddress("localhost", int(port), tls=True)
        context = ssl.create_default_context(cafile=str(ca_file))
        async with (
            on_bus(address, context=context) as (one, _),
            on_bus(address, rooms=("a",), context=context) as (_, heard),
        ):
            await published_until(one, "a", heard)
        with pytest.raises(ConnectionFailed, match="certificate"):
            async with connected(address):
                pass
