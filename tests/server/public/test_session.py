"""Tests of who gets in: signatures, names, and the public port before them."""

from __future__ import annotations

import contextlib
import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import trio
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from benchmarks.hostile import Flood
from roomcli.errors import ConnectionFailed
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.audio import Ack
from roomcli.protocol.handshake import NO_CERTIFICATE, signed_bytes
from roomcli.wire.frames import client_frame
from roomcli.wire.opening import connect
from roomcli.wire.stream import OutboundStream
from server.limits import MessageLimits, RoomLimits, ServerLimits
from server.people.identity import is_weak

from ...support.patience import PATIENCE
from ...support.serving import Client, Turned, patient_limits, peers_of, serving


async def code_of(client: Client, hello: c.Hello) -> str:
    """Return the code with which the server refuses a hello."""
    with pytest.raises(Turned) as turned:
        await client.say_hello(hello)
    (goodbye,) = await client.to_the_end()
    assert isinstance(goodbye, e.Goodbye)
    assert (goodbye.code, goodbye.retry) == (turned.value.code, False)
    return turned.value.code


@pytest.mark.parametrize("tls", [False, True])
async def test_only_the_right_signature_gets_in(tmp_path: Path, tls: bool) -> None:
    async with serving(tmp_path, tls=tls) as server:
        host = await server.client(intent="host")

        def signed(client: Client, nonce_: bytes, **other: Any) -> c.Hello:
            right: dict[str, Any] = {
                "nonce": nonce_,
                "authority": client.address.authority,
                "certificate_hash": client.certificate,
            }
            return client.hello(nonce_, signature=client.key.sign(signed_bytes(**(right | other))))

        async def fresh() -> tuple[Client, bytes]:
            client = await server.connected()
            return client, (await client.until(e.Challenge)).nonce

        for wrong in (
            {"nonce": bytes(32)},
            {"authority": "elsewhere.example:7420"},
            {"certificate_hash": b"\x01" * 32},
        ):
            client, nonce = await fresh()
            assert await code_of(client, signed(client, nonce, **wrong)) == "bad_signature"
        client, nonce = await fresh()
        right = signed(client, nonce)
        flipped = bytes([right.signature[0] ^ 1]) + right.signature[1:]
        assert await code_of(client, client.hello(nonce, signature=flipped)) == "bad_signature"
        client, nonce = await fresh()
        stranger = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
        assert await code_of(client, client.hello(nonce, key=stranger)) == "bad_signature"
        client, nonce = await fresh()
        await client.say_hello(signed(client, nonce))
        assert (await client.go_into()).id != host.id


async def test_a_replayed_hello_gets_nobody_in(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        await server.client(intent="host")
        ann = await server.connected()
        hello = ann.hello((await ann.until(e.Challenge)).nonce)
        await ann.say_hello(hello)
        thief = await server.connected()
        await thief.until(e.Challenge)
        assert await code_of(thief, hello) == "bad_signature"


async def test_a_signature_that_another_server_collected_is_worth_nothing(tmp_path: Path) -> None:
    """An attacker in between has their own certificate, and a client that signs for it."""
    async with serving(tmp_path, tls=True) as server:
        await server.client(intent="host")
        client = await server.connected()
        nonce = (await client.until(e.Challenge)).nonce
        client.certificate = b"\x02" * 32
        assert await code_of(client, client.hello(nonce)) == "bad_signature"


@pytest.mark.parametrize(
    ("authority", "names", "welcome"),
    [
        ("evil.example:7420", frozenset(), False),
        ("rooms.example:7420", frozenset({"rooms.example"}), True),
        ("rooms.example:7420", frozenset({"rooms.example:7420"}), True),
        ("rooms.example:7421", frozenset({"rooms.example:7420"}), False),
        ("localhost:1", frozenset(), True),
        ("localhost:1", frozenset({"rooms.example"}), False),
        ("me@localhost:1", frozenset(), False),
        ("[::1]:7420", frozenset(), True),
        ("[::1", frozenset(), False),
    ],
)
async def test_without_tls_a_server_answers_to_its_own_names_only(
    tmp_path: Path, authority: str, names: frozenset[str], welcome: bool
) -> None:
    """Otherwise another server could pass on what it had a client sign."""
    async with serving(tmp_path, names=names) as server:
        raw = socket.create_connection((server.address.host, server.address.port))
        stream = OutboundStream(raw, server.nursery, voice_max_age=1)
        connection = await connect(server.nursery, stream, "elsewhere.example", "/")
        client = Client(connection, NO_CERTIFICATE, server.room(), Ed25519PrivateKey.generate())
        server.clients.append(client)
        nonce = (await client.until(e.Challenge)).nonce
        signed = signed_bytes(nonce, authority, NO_CERTIFICATE)
        signature = client.key.sign(signed)
        hello = client.hello(nonce, signature=signature, authority=authority)
        if welcome:
            await client.say_hello(hello)
        else:
            assert await code_of(client, hello) == "bad_signature"


@pytest.mark.parametrize(
    "name",
    [
        "\x1b[31mAnn",
        "Ann\x07",
        "A\u202enn",
        "",
        "   ",
        "x" * 41,
        "Z\u0335\u0336\u0337\u0338o",
        "A\nB",
    ],
)
async def test_a_name_that_could_harm_a_screen_is_refused(tmp_path: Path, name: str) -> None:
    async with serving(tmp_path) as server:
        with pytest.raises(Turned) as turned:
            await server.client(intent="host", name=name)
        assert turned.value.code == "bad_text"
        assert "\x1b" not in turned.value.refused.text
        with pytest.raises(Turned, match="no_such_room"):
            await server.client()


async def test_markup_is_only_text(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host = await server.client(intent="host", name="[bold]Ann[/]", headline="<b>&amp;")
        person = host.view.people[host.view.me]
        assert (person.name, person.headline) == ("[bold]Ann[/]", "<b>&amp;")


@pytest.mark.parametrize("first", [b"\x00", b"\x01" * 40, c.Mute(), c.RaiseHand(ref=3)])
async def test_anything_but_a_hello_comes_too_early(
    tmp_path: Path, first: bytes | c.RoomCommand
) -> None:
    async with serving(tmp_path) as server:
        client = await server.connected()
        client.send(first)
        refused, goodbye = (await client.to_the_end())[1:]
        assert isinstance(refused, e.Refused)
        assert refused.command == "hello"
        assert isinstance(goodbye, e.Goodbye)


async def test_who_says_no_hello_is_sent_away(tmp_path: Path) -> None:
    limits = patient_limits(hello_seconds=0.1)
    async with serving(tmp_path, limits=limits) as running:
        client = await running.connected()
        last = (await client.to_the_end())[-1]
        assert isinstance(last, e.Goodbye)
        assert (last.code, last.retry) == ("too_slow", True)


async def test_who_falls_silent_is_sent_away_and_dropped(tmp_path: Path) -> None:
    limits = patient_limits(idle_seconds=0.3)
    async with serving(tmp_path, limits=limits) as running:
        host = await running.client(intent="host")
        last = (await host.to_the_end())[-1]
        assert isinstance(last, e.Goodbye)
        assert (last.code, last.retry) == ("too_slow", True)
        assert running.hub.listed()[0][0].stage == 1  # the place is kept


@pytest.mark.parametrize(("most", "stays"), [(8192, True), (4096, False)])
async def test_who_sends_a_longer_message_than_may_be_is_cut_off(
    tmp_path: Path, most: int, stays: bool
) -> None:
    limits = patient_limits()
    limits.messages = MessageLimits(bytes=most)
    async with serving(tmp_path, limits=limits) as running:
        host = await running.client(intent="host")
        host.send(bytes(5000))
        if stays:
            await host.do(c.Lock())
        else:
            await host.to_the_end()


@pytest.mark.parametrize(("most", "stays"), [(2048, True), (960, False)])
async def test_who_takes_nothing_is_cut_off_when_too_much_waits(
    tmp_path: Path, most: int, stays: bool
) -> None:
    async with serving(tmp_path, limits=patient_limits(queue_kib=most)) as running:
        host = await running.client(intent="host")
        [peer] = peers_of(running.hub.open_rooms()[0]).values()
        stream = peer._websocket.stream
        stream.push_control(bytes(16 * 1024**2))  # more than any socket takes
        stream.push_control(bytes(1536 * 1024))
        assert (stream.broken is None) == stays
        await host.go()


async def test_a_room_is_opened_with_the_limits_that_are_set(tmp_path: Path) -> None:
    limits = patient_limits()
    limits.room = RoomLimits(people=2)
    async with serving(tmp_path, limits=limits) as running:
        await running.client(intent="host")
        await running.client(name="Ben")
        with pytest.raises(Turned, match="room_full"):
            await running.client(name="Cleo")


async def test_a_wrong_pin_is_no_connection(tmp_path: Path) -> None:
    async with serving(tmp_path, tls=True) as running:
        await running.client(intent="host")
        for pin in ("0" * 64, None):
            with pytest.raises(ConnectionFailed):
                await running.connected(replace(running.room(), pin=pin))


async def test_what_comes_too_fast_is_dropped_unanswered(tmp_path: Path) -> None:
    async with serving(tmp_path) as running:
        host = await running.client(intent="host")
        for _ in range(2000):
            host.ack()
        await trio.sleep(0.5)
        assert isinstance(await host.ask(c.Lock()), e.Done)
        assert sum(isinstance(each, Ack) for each in host.got) < 1500


async def test_who_never_stops_flooding_is_sent_away(tmp_path: Path) -> None:
    limits = ServerLimits(messages=MessageLimits(flood_seconds=0.3))
    async with serving(tmp_path, limits=limits) as running:
        await running.client(intent="host")
        rude = await Flood(running.room()).entered("127.0.0.1")
        said = b""
        with trio.fail_after(PATIENCE), contextlib.suppress(trio.BrokenResourceError):
            with contextlib.suppress(trio.BrokenResourceError):
                while True:
                    await rude.stream.send_all(client_frame(Ack(0, 1).encode(), bytes(4)) * 50)
                    await trio.sleep(0.01)
            while received := await rude.stream.receive_some():
                said += received
        await rude.stream.aclose()
        assert b"too many messages for too long" in said


P = 2**255 - 19
Y_OF_ORDER_8 = "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"


def encodings_of_small_order() -> list[bytes]:
    """Return all encodings that OpenSSL takes: y as it is or plus p if that fits, either sign."""
    eighth = int.from_bytes(bytes.fromhex(Y_OF_ORDER_8), "little")
    numbers = [0, 1, P - 1, eighth, P - eighth, P, P + 1]
    return [(y | sign << 255).to_bytes(32, "little") for y in numbers for sign in (0, 1)]


def test_no_key_is_taken_by_which_anybody_signs() -> None:
    # y is that of a point of order 8 exactly if d y^4 + 2 y^2 = 1 (the double's y is 0).
    d = -121665 * pow(121666, -1, P) % P
    y = int.from_bytes(bytes.fromhex(Y_OF_ORDER_8), "little")
    assert (d * y**4 + 2 * y**2 - 1) % P == 0
    weak = encodings_of_small_order()
    assert len(set(weak)) == 14
    assert all(is_weak(key) for key in weak)
    assert all(
        is_weak((P + k | s << 255).to_bytes(32, "little")) for k in range(19) for s in (0, 1)
    )
    for _ in range(100):
        assert not is_weak(Ed25519PrivateKey.generate().public_key().public_bytes_raw())


async def test_a_key_that_everybody_has_is_nobodys(tmp_path: Path) -> None:
    identity = b"\x01" + bytes(31)
    signature = identity + bytes(32)
    Ed25519PublicKey.from_public_bytes(identity).verify(signature, b"whatever")  # fits everything
    async with serving(tmp_path) as server:
        for key in encodings_of_small_order():
            client = await server.connected()
            nonce = (await client.until(e.Challenge)).nonce
            hello = client.hello(nonce, key=key, signature=signature)
            assert await code_of(client, hello) == "bad_signature"
