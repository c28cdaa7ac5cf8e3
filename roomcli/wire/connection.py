"""A WebSocket over the outbound stream: the only module that uses trio-websocket.

The library does the opening handshake, ping, pong and close, and reads. All data frames are framed
here and pushed, so that a message is framed once for any number of receivers.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus

import h11
import trio
import trio_websocket
from wsproto.utilities import ProtocolError

from ..errors import ConnectionFailed, ConnectionLost
from ..protocol import MAX_FROM_CLIENT, MAX_MESSAGE, SUBPROTOCOL
from .frames import client_frame, server_frame
from .receiving import RECEIVE_BYTES
from .sieve import Sieve
from .stream import OutboundStream

OPENING_SECONDS = 10.0
"""Seconds that everything up to the answer 101 may take."""
CLOSING_SECONDS = 1.0
_QUEUE = 32
_OUR_REFUSALS = (400, 403, 404, 426)
_PHRASES = {each.value: each.phrase for each in HTTPStatus}


class WebSocket:
    """An open WebSocket that carries roomcli's binary messages."""

    def __init__(
        self,
        websocket: trio_websocket.WebSocketConnection,
        stream: OutboundStream,
        reader: _Reader,
        sieve: Sieve | None = None,
    ) -> None:
        self._sieve = sieve
        self._websocket = websocket
        self._reader = reader
        self.stream = stream
        self._masks = websocket.is_client
        stream.begin_pushes()

    def send(self, message: bytes) -> None:
        """Queue a message that must arrive; never blocks, and does nothing after the end."""
        self.stream.push_control(self._framed(message))

    def send_voice(self, message: bytes) -> None:
        """Queue a message that is worthless when late."""
        self.stream.push_voice(self._framed(message))

    def take_small(self, kinds: frozenset[int], take: Callable[[bytes], None]) -> None:
        """Give small messages that begin with one of ``kinds`` to ``take``, not to ``receive``.

        ``take`` is called at once and must not wait; such messages may overtake longer ones. Only
        for a connection that was accepted with a sieve.
        """
        assert self._sieve is not None
        self._sieve.take_out(kinds, take)

    async def receive(self) -> bytes | str:
        """Return the next message. Raises ConnectionLost when there will be none."""
        try:
            return await self._websocket.get_message()
        except trio_websocket.ConnectionClosed as closed:
            why = self.stream.broken or "the other side closed the connection"
            if closed.reason and closed.reason.reason:
                why = str(closed.reason.reason)
            raise ConnectionLost(why) from None

    async def closed(self) -> None:
        """Wait until nothing more can come, without taking the messages that came before."""
        await self._reader.ended()

    async def aclose(self, code: int = 1000, reason: str = "") -> None:
        """Close in an orderly way, for at most a second, then cut the socket.

        The answer of a peer that is no longer read is not waited for.
        """
        patience = 0.0 if self._sieve is not None and self._sieve.over else CLOSING_SECONDS
        async with trio.open_nursery() as race:
            race.cancel_scope.shield = True
            race.cancel_scope.deadline = trio.current_time() + patience
            # Without a reader, as after a cancellation, nobody would see the answer.
            race.start_soon(self._reader.cancel_at_the_end, race.cancel_scope)
            await self._websocket.aclose(code, reason[:100])
            race.cancel_scope.cancel()
        # The library leaves the stream alone when the other side closed first.
        await self.stream.aclose()
        if self._sieve is not None:
            self._sieve.close()

    def _framed(self, message: bytes) -> bytes:
        return client_frame(message, os.urandom(4)) if self._masks else server_frame(message)


async def connect(
    nursery: trio.Nursery, stream: OutboundStream, authority: str, path: str
) -> WebSocket:
    """Open a WebSocket as a client. Raises ConnectionFailed."""
    reader = _Reader(nursery, stream)
    websocket = await _within_deadline(
        reader,
        trio_websocket.wrap_client_stream,
        reader,
        stream,
        authority,
        path,
        subprotocols=[SUBPROTOCOL],
        message_queue_size=_QUEUE,
        max_message_size=MAX_MESSAGE,
        receive_buffer_size=RECEIVE_BYTES,
    )
    if websocket is None:
        stream.cut("no WebSocket")
        raise ConnectionFailed(f"{authority} {reader.why_not_opened()}")
    if websocket.subprotocol != SUBPROTOCOL:
        stream.cut("wrong subprotocol")
        raise ConnectionFailed(
            f"{authority} speaks another version of roomcli, or a proxy before it drops the header "
            "Sec-WebSocket-Protocol"
        )
    return WebSocket(websocket, stream, reader)


async def accept(
    nursery: trio.Nursery,
    stream: OutboundStream,
    sieve: Sieve | None = None,
    *,
    max_message: int = MAX_FROM_CLIENT,
) -> WebSocket:
    """Accept a client's upgrade, whose request the stream will give again.

    The ``sieve`` has to let the request pass, and sees everything after it. The caller has checked
    path, origin and subprotocol. ``max_message`` is in bytes. Raises ConnectionFailed.
    """
    reader = _Reader(nursery, stream)
    if sieve is not None:
        stream.sift_by(sieve)

    async def open_websocket() -> trio_websocket.WebSocketConnection:
        request = await trio_websocket.wrap_server_stream(
            reader,  # type: ignore[arg-type]
            stream,
            message_queue_size=_QUEUE,
            max_message_size=max_message,
            receive_buffer_size=RECEIVE_BYTES,
        )
        return await request.accept(subprotocol=SUBPROTOCOL)

    websocket = await _within_deadline(reader, open_websocket)
    if websocket is None:
        stream.cut("no WebSocket")
        raise ConnectionFailed("the client did not finish the opening handshake")
    return WebSocket(websocket, stream, reader, sieve)


def why_rejected(status: int, headers: Mapping[bytes, bytes], body: bytes) -> str:
    """Explain an HTTP answer that is not an upgrade, by a roomcli server or a proxy before it."""
    told = f"{status} {_PHRASES.get(status, '')}".rstrip()
    if status < 300:
        return (
            "did not upgrade the connection to a WebSocket: a proxy before the server has to pass "
            "on the headers Upgrade and Connection"
        )
    if status < 400 and (location := _printable(headers.get(b"location", b""))):
        return f"sends you elsewhere: use the address {location}"
    if status in (502, 504):
        return f"answers {told}: a proxy does, which does not reach the server behind it"
    if b"html" in headers.get(b"content-type", b"").lower():
        return f"answers {told} with a page that is not roomcli's: a proxy or web server does"
    if status not in _OUR_REFUSALS:
        return f"answers {told}: a proxy or web server does, not roomcli"
    return f"refuses: {_printable(body) or f'status {told}'}"


def _printable(text: bytes) -> str:
    decoded = text.decode("utf-8", "replace")
    return "".join(each if each.isprintable() else " " for each in decoded).strip()[:200]


class _Reader:
    """Runs the library's reader task, in place of a nursery, and tells when it ends.

    The library waits for ever for the opening handshake of a peer that left. It also raises a
    server's refusal in this task, where nobody waits for it.
    """

    def __init__(self, nursery: trio.Nursery, stream: OutboundStream) -> None:
        self._nursery = nursery
        self._stream = stream
        self._rejection: trio_websocket.ConnectionRejected | None = None
        self._ended = trio.Event()

    def start_soon(self, task: Callable[[], Awaitable[None]]) -> None:
        self._nursery.start_soon(self._run, task)

    async def _run(self, task: Callable[[], Awaitable[None]]) -> None:
        try:
            await task()
        except trio_websocket.ConnectionRejected as rejection:
            self._rejection = rejection
        except (trio_websocket.ConnectionClosed, trio.BrokenResourceError):
            pass
        except (ProtocolError, h11.ProtocolError):
            # An answer that is not HTTP, or a ping while we close: nothing more is read, but the
            # queue is still sent.
            await self._stream.aclose()
        finally:
            self._ended.set()

    async def ended(self) -> None:
        """Wait until nothing more is read."""
        await self._ended.wait()

    async def cancel_at_the_end(self, scope: trio.CancelScope) -> None:
        """Cancel ``scope`` as soon as nothing more is read."""
        await self._ended.wait()
        scope.cancel()

    def why_not_opened(self) -> str:
        if self._rejection is None:
            return "is no roomcli server, or ended the connection"
        return why_rejected(
            self._rejection.status_code,
            {name.lower(): value for name, value in self._rejection.headers},
            self._rejection.body or b"",
        )


async def _within_deadline(
    reader: _Reader,
    open_websocket: Callable[..., Awaitable[trio_websocket.WebSocketConnection]],
    *arguments: object,
    **options: object,
) -> trio_websocket.WebSocketConnection | None:
    """Return the result of ``open_websocket``; None if the deadline or the peer's end is first."""
    websocket = None
    async with trio.open_nursery() as race:
        race.cancel_scope.deadline = trio.current_time() + OPENING_SECONDS

        race.start_soon(reader.cancel_at_the_end, race.cancel_scope)
        with contextlib.suppress(
            trio_websocket.ConnectionClosed, trio.BrokenResourceError, ProtocolError
        ):
            websocket = await open_websocket(*arguments, **options)
        race.cancel_scope.cancel()
    return websocket
