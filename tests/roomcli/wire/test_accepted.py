"""Tests of the server's end of a WebSocket, whose client sends what it likes."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import AsyncIterator

import pytest
import trio
import trio.testing
from wsproto import ConnectionType
from wsproto.connection import Connection
from wsproto.events import CloseConnection, Event, Ping, TextMessage

from roomcli.errors import ConnectionLost
from roomcli.wire.accepted import AcceptedWebSocket
from roomcli.wire.connection import MOST_UNREAD
from roomcli.wire.frames import client_frame
from roomcli.wire.sieve import Sieve
from roomcli.wire.stream import OutboundStream

from ...support.patience import PATIENCE

LONGEST = 100


class WrittenPeer:
    """The other end: a client of which each frame is written by hand or by the library."""

    def __init__(self, raw: socket.socket) -> None:
        self.raw = raw
        self.protocol = Connection(ConnectionType.CLIENT)

    async def events(self) -> list[Event]:
        """Return what comes until something has come; nothing at the end of the stream."""
        await trio.lowlevel.wait_readable(self.raw)
        received = self.raw.recv(4096)
        if received:
            self.protocol.receive_data(received)
        return list(self.protocol.events())


@contextlib.asynccontextmanager
async def opened() -> AsyncIterator[tuple[AcceptedWebSocket, WrittenPeer]]:
    """Open the server's end of a WebSocket."""
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    with trio.fail_after(PATIENCE):
        async with trio.open_nursery() as nursery:
            stream = OutboundStream(ours, nursery, voice_max_age=1)
            yield AcceptedWebSocket(stream, Sieve(), LONGEST), WrittenPeer(theirs)
            stream.cut("the test is over")
            theirs.close()


async def test_a_message_in_parts_is_one_message() -> None:
    async with opened() as (websocket, peer):
        for data, is_last in (("ä" * 20, False), ("b" * 20, True)):
            peer.raw.send(peer.protocol.send(TextMessage(data, message_finished=is_last)))
        peer.raw.send(client_frame(b"bytes", b"mask"))
        assert await websocket.receive() == "ä" * 20 + "b" * 20
        assert await websocket.receive() == b"bytes"


async def test_a_ping_is_answered_though_nobody_receives() -> None:
    async with opened() as (_, peer):
        peer.raw.send(peer.protocol.send(Ping(b"are you there")))
        [pong] = await peer.events()
        assert getattr(pong, "payload", None) == b"are you there"


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (b"\x82\x03abc", 1002),  # not masked
        (b"\xf2\x80mask", 1002),  # reserved bits
        (client_frame(bytes(LONGEST + 1), b"mask"), 1009),
        (b"\x01" + client_frame(b"\xff", b"mask")[1:] + b"\x80\x81mask\xff", 1007),
    ],
)
async def test_what_is_no_websocket_or_too_long_is_told_why(sent: bytes, code: int) -> None:
    async with opened() as (websocket, peer):
        peer.raw.send(sent)
        [close] = await peer.events()
        assert isinstance(close, CloseConnection)
        assert close.code == code
        with pytest.raises(ConnectionLost):
            await websocket.receive()
        await websocket.aclose()
        assert peer.raw.recv(1) == b""


async def test_what_came_before_a_close_can_be_received_after_it() -> None:
    async with opened() as (websocket, peer):
        close = peer.protocol.send(CloseConnection(code=1000, reason="time to go"))
        peer.raw.send(client_frame(b"last", b"mask") + close)
        await websocket.closed()
        assert await websocket.receive() == b"last"
        with pytest.raises(ConnectionLost, match="time to go"):
            await websocket.receive()


async def test_nothing_more_is_read_while_much_is_not_received() -> None:
    async with opened() as (websocket, peer):
        numbers = [number.to_bytes(2) for number in range(MOST_UNREAD)]
        for number in numbers:
            peer.raw.send(client_frame(number, b"mask"))
        await trio.testing.wait_all_tasks_blocked()
        peer.raw.send(peer.protocol.send(Ping(b"behind")) + client_frame(b"more", b"mask"))
        await trio.testing.wait_all_tasks_blocked()
        with pytest.raises(BlockingIOError):
            peer.raw.recv(1)  # no pong
        assert [await websocket.receive() for _ in numbers] == numbers
        assert await websocket.receive() == b"more"


async def test_a_wait_that_is_cancelled_takes_no_message() -> None:
    async with opened() as (websocket, peer):
        with trio.CancelScope() as scope:
            scope.cancel()
            await websocket.receive()
        peer.raw.send(client_frame(b"kept", b"mask"))
        await trio.testing.wait_all_tasks_blocked()
        with trio.CancelScope() as scope:
            scope.cancel()
            await websocket.receive()
        assert await websocket.receive() == b"kept"


async def test_after_our_close_nothing_is_received_and_the_answer_is_waited_for() -> None:
    async with opened() as (websocket, peer), trio.open_nursery() as nursery:
        nursery.start_soon(websocket.aclose, 1000, "goodbye")
        [close] = await peer.events()
        assert isinstance(close, CloseConnection)
        assert close.reason == "goodbye"
        peer.raw.send(client_frame(b"too late", b"mask"))
        await trio.testing.wait_all_tasks_blocked()
        assert websocket.stream.broken is None
        with pytest.raises(ConnectionLost):
            await websocket.receive()
        peer.raw.send(peer.protocol.send(close.response()))
        await trio.lowlevel.wait_readable(peer.raw)
        assert peer.raw.recv(1) == b""
