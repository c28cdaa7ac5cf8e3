"""Tests of peers that are no server or leave at some step: one clear error, nothing left open."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import socket
import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import trio

import roomcli.wire.dial
import roomcli.wire.opening
from roomcli.errors import ConnectionFailed, ConnectionLost
from roomcli.protocol.address import Address
from roomcli.wire.connection import WebSocket
from roomcli.wire.dial import dial
from roomcli.wire.records import TlsRecords
from roomcli.wire.stream import OutboundStream
from server.public.certificate import Certificate, own_certificate

from ...support.patience import PATIENCE
from ...support.upgrading import accept_client

ROOM = Address("127.0.0.1", 1, tls=False, room="standup")


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    """Return a certificate of the server's own."""
    return own_certificate(tmp_path)


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the deadlines so that a test can wait for them."""
    monkeypatch.setattr(roomcli.wire.dial, "CONNECT_SECONDS", 0.3)
    monkeypatch.setattr(roomcli.wire.opening, "OPENING_SECONDS", 0.3)


@contextlib.asynccontextmanager
async def peer(answer: bytes, *, stays: bool) -> AsyncIterator[tuple[int, trio.Event]]:
    """Open a port that answers everything with ``answer`` and then closes, or stays silent.

    The event is set when the client is gone.
    """
    gone = trio.Event()

    async def serve(stream: trio.SocketStream) -> None:
        with contextlib.suppress(trio.BrokenResourceError):
            await stream.receive_some()
            await stream.send_all(answer)
            if not stays:
                await stream.send_eof()
            while await stream.receive_some():
                pass
        gone.set()

    async with trio.open_nursery() as nursery:
        [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
        nursery.start_soon(partial(trio.serve_listeners, serve, [listener]))
        yield listener.socket.getsockname()[1], gone
        nursery.cancel_scope.cancel()


ACCEPT = b"Upgrade: websocket\r\nConnection: Upgrade\r\n"
PAGE = b"Content-Type: Text/HTML; charset=utf-8\r\nContent-Length: 6\r\n\r\n<html>"
OTHERS = [
    (b"", "no roomcli server"),
    (b"HTTP/1.1 101 Sw", "no roomcli server"),
    (b"\x00\xff garbage \x1b[2J\r\n\r\n", "no roomcli server"),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", "did not upgrade .* a proxy before"),
    (b"HTTP/1.1 200 OK\r\n\r\nan endless page", "no roomcli server|did not upgrade"),
    (b"HTTP/1.1 502 Bad\r\nContent-Length: 2\r\n\r\nhi", "502 Bad Gateway: a proxy does"),
    (b"HTTP/1.1 504 No\r\nContent-Length: 0\r\n\r\n", "504 Gateway Timeout: a proxy does"),
    (b"HTTP/1.1 404 No\r\n" + PAGE, "404 Not Found with a page that is not roomcli's"),
    (b"HTTP/1.1 503 No\r\n" + PAGE, "503 Service Unavailable with a page that is not"),
    (b"HTTP/1.1 429 No\r\nContent-Length: 1\r\n\r\n!", "429 Too Many Requests: a proxy or web"),
    (b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n", "401 Unauthorized: a proxy or web"),
    (b"HTTP/1.1 799 No\r\n" + PAGE, "answers 799 with a page that is not"),
    (b"HTTP/1.1 301 No\r\nLocation: https://a/\r\n" + PAGE, "elsewhere: .* https://a"),
    (b"HTTP/1.1 403 No\r\nContent-Length: 9\r\n\r\nno\x1b[2Jyou", "refuses: no .2Jyou"),
    (b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n", "refuses: status 403 Forbidden"),
    (b"HTTP/1.1 101 Ok\r\n" + ACCEPT + b"Sec-WebSocket-Accept: bad\r\n\r\n", "no roomcli server"),
    (b"HTTP/1.1 101 Ok\r\nSec-WebSocket-Protocol: \xff\r\n\r\n", "no roomcli server"),
]


@pytest.mark.parametrize("stays", [False, True])
@pytest.mark.parametrize(("answer", "says"), OTHERS)
async def test_what_is_no_roomcli_server_is_told_from_one(
    answer: bytes, says: str, stays: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not stays:  # who leaves is not waited for
        monkeypatch.setattr(roomcli.wire.opening, "OPENING_SECONDS", 10 * PATIENCE)
    async with peer(answer, stays=stays) as (port, gone), trio.open_nursery() as nursery:
        with trio.fail_after(PATIENCE):
            with pytest.raises(ConnectionFailed, match=says) as failed:
                await dial(nursery, replace(ROOM, port=port), voice_max_age=1)
            assert "\x1b" not in str(failed.value)
            await gone.wait()
    # The nursery ended by itself: no reader, no waiter is left.


@pytest.mark.parametrize("stays", [False, True])
@pytest.mark.parametrize("answer", [b"", b"\x16\x03\x03\x01\x00\x02", b"HTTP/1.1 400 No\r\n\r\n"])
async def test_a_peer_that_leaves_or_stops_in_tls(answer: bytes, stays: bool) -> None:
    async with peer(answer, stays=stays) as (port, gone), trio.open_nursery() as nursery:
        address = replace(ROOM, port=port, tls=True, pin="0" * 64)
        with trio.fail_after(PATIENCE):
            with pytest.raises(ConnectionFailed, match=r"127\.0\.0\.1"):
                await dial(nursery, address, voice_max_age=1)
            await gone.wait()


async def test_nobody_listens() -> None:
    [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listener.socket.getsockname()[1]
    await listener.aclose()
    async with trio.open_nursery() as nursery:
        with pytest.raises(ConnectionFailed, match="nobody listens"):
            await dial(nursery, replace(ROOM, port=port), voice_max_age=1)


@contextlib.asynccontextmanager
async def opened(
    certificate: Certificate | None, pin: str | None = None
) -> AsyncIterator[tuple[WebSocket, WebSocket, bytes]]:
    """Open a connection; yield the client's end, the server's end and the certificate's hash."""
    [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
    ends: list[WebSocket] = []
    async with listener, trio.open_nursery() as nursery:

        async def serve() -> None:
            raw = socket.socket(fileno=(await listener.accept()).socket.detach())
            stream = OutboundStream(raw, nursery, voice_max_age=1)
            try:
                if certificate is not None:
                    await stream.handshake(TlsRecords(certificate.context, server_side=True))
                ends.append(await accept_client(stream))
            except ConnectionFailed:
                pass
            finally:
                if not ends:
                    stream.cut("not opened")

        nursery.start_soon(serve)
        port = listener.socket.getsockname()[1]
        address = replace(ROOM, port=port, tls=certificate is not None, pin=pin)
        with trio.fail_after(PATIENCE):
            client, hash_ = await dial(nursery, address, voice_max_age=1)
            while not ends:
                await trio.lowlevel.checkpoint()
        try:
            yield client, ends[0], hash_
        finally:
            for end in (client, ends[0]):
                end.stream.cut("the test is over")
            nursery.cancel_scope.cancel()


@pytest.mark.parametrize("tls", [False, True])
async def test_messages_of_every_size_arrive_both_ways(tls: bool, certificate: Certificate) -> None:
    pin = certificate.hash.hex()
    async with opened(certificate if tls else None, pin) as (client, server, hash_):
        assert hash_ == (certificate.hash if tls else bytes(32))
        for size in (0, 1, 125, 126, 127, 8000):
            client.send(bytes([size % 256]) * size)
            assert await server.receive() == bytes([size % 256]) * size
        for size in (0, 125, 65535, 65536, 250_000):
            server.send(bytes([size % 256]) * size)
            assert await client.receive() == bytes([size % 256]) * size


@pytest.mark.parametrize("tls", [False, True])
async def test_closing_is_seen_as_closing(tls: bool, certificate: Certificate) -> None:
    pin = certificate.hash.hex()
    async with opened(certificate if tls else None, pin) as (client, server, _):
        client.send(b"last")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(partial(client.aclose, 1000, "time to go"))
            assert await server.receive() == b"last"
            with pytest.raises(ConnectionLost, match="time to go"):
                await server.receive()
            await server.aclose()
        client.send(b"after the end")
        client.send_voice(b"after the end")


async def test_a_wrong_pin_ends_it_before_a_word_is_said(certificate: Certificate) -> None:
    with pytest.raises(BaseExceptionGroup) as group:
        async with opened(certificate, "ab" * 32):
            raise AssertionError("connected")
    assert group.group_contains(ConnectionFailed, match="another certificate")


async def test_without_a_pin_an_unknown_certificate_is_refused(certificate: Certificate) -> None:
    with pytest.raises(BaseExceptionGroup) as group:
        async with opened(certificate):
            raise AssertionError("connected")
    assert group.group_contains(ConnectionFailed, match="carries a pin")


async def test_the_end_of_tls_is_said(certificate: Certificate) -> None:
    """A peer can tell an end from a cut, because close_notify comes before the socket closes."""
    [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listener.socket.getsockname()[1]

    def stranger() -> bytes:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with (
            socket.create_connection(("127.0.0.1", port)) as raw,
            context.wrap_socket(raw, suppress_ragged_eofs=False) as tls,
        ):
            shown = tls.getpeercert(binary_form=True) or b""
            assert hashlib.sha256(shown).digest() == certificate.hash
            got = b""
            while received := tls.recv(100):
                got += received
            return got

    got: list[bytes] = []

    async def client() -> None:
        got.append(await trio.to_thread.run_sync(stranger))

    async with listener, trio.open_nursery() as nursery:
        nursery.start_soon(client)
        raw = socket.socket(fileno=(await listener.accept()).socket.detach())
        stream = OutboundStream(raw, nursery, voice_max_age=1)
        await stream.handshake(TlsRecords(certificate.context, server_side=True))
        await stream.send_all(b"that is all")
        await stream.aclose()
    assert got == [b"that is all"]


async def test_another_version_is_told_apart() -> None:
    guid = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

    async def serve(stream: trio.SocketStream) -> None:
        head = await stream.receive_some()
        key = head.partition(b"Sec-WebSocket-Key: ")[2].partition(b"\r\n")[0]
        token = base64.b64encode(hashlib.sha1(key + guid).digest())
        await stream.send_all(
            b"HTTP/1.1 101 Ok\r\n" + ACCEPT + b"Sec-WebSocket-Accept: " + token + b"\r\n\r\n"
        )
        with contextlib.suppress(trio.BrokenResourceError):
            await stream.receive_some()

    [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(partial(trio.serve_listeners, serve, [listener]))
        port = listener.socket.getsockname()[1]
        with pytest.raises(ConnectionFailed, match="another version"):
            await dial(nursery, replace(ROOM, port=port), voice_max_age=1)
        nursery.cancel_scope.cancel()
