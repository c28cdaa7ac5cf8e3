"""Tests of the client's end of a WebSocket, whose server sends what it likes."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import AsyncIterator

import pytest
import trio
import trio.testing
from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    Ping,
    Request,
    TextMessage,
)

from roomcli.errors import ConnectionLost
from roomcli.protocol import MAX_MESSAGE, SUBPROTOCOL
from roomcli.wire.connection import CLOSING_SECONDS, MOST_UNREAD
from roomcli.wire.dialed import DialedWebSocket
from roomcli.wire.frames import server_frame
from roomcli.wire.opening import connect
from roomcli.wire.stream import OutboundStream

from ...support.patience import PATIENCE


class WrittenServer:
    """The other end: a server of which each frame is written by hand or by the library."""

    def __init__(self, raw: socket.socket) -> None:
        self.raw = raw
        self.protocol = WSConnection(ConnectionType.SERVER)

    def send(self, *events: Event) -> None:
        """Send all at once."""
        self.raw.send(b"".join(self.protocol.send(event) for event in events))

    async def events(self) -> list[Event]:
        """Return what comes until something has come; nothing at the end of the stream."""
        await trio.lowlevel.wait_readable(self.raw)
        received = self.raw.recv(4096)
        if received:
            self.protocol.receive_data(received)
        return list(self.protocol.events())

    async def open(self, *events: Event) -> None:
        """Accept the upgrade, and send these events together with the answer."""
        [request] = await self.events()
        assert isinstance(request, Request)
        self.send(AcceptConnection(subprotocol=SUBPROTOCOL), *events)


@contextlib.asynccontextmanager
async def opened(*events: Event) -> AsyncIterator[tuple[DialedWebSocket, WrittenServer]]:
    """Open the client's end of a WebSocket."""
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    server = WrittenServer(theirs)
    with trio.fail_after(PATIENCE):
        async with trio.open_nursery() as nursery:
            stream = OutboundStream(ours, nursery, voice_max_age=1)
            nursery.start_soon(server.open, *events)
            yield await connect(nursery, stream, "rooms.example", "/"), server
            stream.cut("the test is over")
            theirs.close()


async def test_what_came_with_the_answer_is_received_first() -> None:
    async with opened(TextMessage("ä", message_finished=False), TextMessage("b")) as (end, server):
        server.send(BytesMessage(data=b"bytes"))
        assert await end.receive() == "äb"
        assert await end.receive() == b"bytes"


async def test_a_ping_is_answered_between_what_is_sent() -> None:
    async with opened() as (end, server):
        end.send(b"before")
        server.send(Ping(b"are you there"))
        await trio.testing.wait_all_tasks_blocked()
        end.send_voice(b"after")
        first, pong, last = await server.events()
        assert (getattr(first, "data", None), getattr(last, "data", None)) == (b"before", b"after")
        assert getattr(pong, "payload", None) == b"are you there"


async def test_what_came_before_a_close_is_received_after_it() -> None:
    async with opened() as (end, server):
        server.send(BytesMessage(data=b"last"), CloseConnection(code=1000, reason="time to go"))
        server.raw.shutdown(socket.SHUT_WR)
        await end.closed()
        assert await end.receive() == b"last"
        with pytest.raises(ConnectionLost, match="time to go"):
            await end.receive()


async def test_a_message_that_is_too_long_ends_it() -> None:
    async with opened() as (end, server):
        rest = server_frame(bytes(MAX_MESSAGE + 1))
        while rest:
            await trio.lowlevel.wait_writable(server.raw)
            rest = rest[server.raw.send(rest) :]
        with pytest.raises(ConnectionLost):
            await end.receive()
        [close] = await server.events()
        assert isinstance(close, CloseConnection)
        assert close.code == 1009


async def test_nothing_more_is_read_while_much_is_not_received() -> None:
    async with opened() as (end, server):
        numbers = [number.to_bytes(2) for number in range(MOST_UNREAD + 1)]
        server.send(*(BytesMessage(data=number) for number in numbers))
        await trio.testing.wait_all_tasks_blocked()
        server.send(Ping(b"behind"))
        await trio.testing.wait_all_tasks_blocked()
        with pytest.raises(BlockingIOError):
            server.raw.recv(1)  # no pong
        assert [await end.receive() for _ in numbers] == numbers
        [pong] = await server.events()
        assert getattr(pong, "payload", None) == b"behind"


async def test_our_close_says_why_and_waits_for_the_answer() -> None:
    async with opened() as (end, server), trio.open_nursery() as nursery:
        nursery.start_soon(end.aclose, 1000, "goodbye" * 100)
        [close] = await server.events()
        assert isinstance(close, CloseConnection)
        assert str(close.reason).startswith("goodbye")
        end.send(b"too late")
        await trio.testing.wait_all_tasks_blocked()
        assert end.stream.broken is None
        server.send(close.response())
        assert await server.events() == []
        assert end.stream.broken == "closed"


async def test_an_answer_to_our_close_is_waited_for_a_second(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with opened() as (end, _):
        began = trio.current_time()
        await end.aclose()
        assert trio.current_time() - began == pytest.approx(CLOSING_SECONDS)
        assert end.stream.broken == "closed"
