"""A WebSocket that the client has opened, by trio-websocket.

The library reads in a task of its own, answers pings and closes.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable

import h11
import trio
import trio_websocket
from wsproto.utilities import ProtocolError

from ..errors import ConnectionLost
from .connection import WebSocket
from .frames import client_frame
from .stream import OutboundStream


class DialedWebSocket(WebSocket):
    """The client's end; ``reader`` runs the task in which ``websocket`` reads."""

    def __init__(
        self,
        stream: OutboundStream,
        websocket: trio_websocket.WebSocketConnection,
        reader: LibraryReader,
    ) -> None:
        super().__init__(stream)
        self._websocket = websocket
        self._reader = reader

    async def receive(self) -> bytes | str:
        try:
            message: bytes | str = await self._websocket.get_message()
        except trio_websocket.ConnectionClosed as closed:
            why = self.stream.broken or "the other side closed the connection"
            if closed.reason and closed.reason.reason:
                why = str(closed.reason.reason)
            raise ConnectionLost(why) from None
        return message

    async def closed(self) -> None:
        await self._reader.ended()

    async def _exchange_closes(self, code: int, reason: str) -> None:
        async with trio.open_nursery() as race:
            # Without a reader, as after a cancellation, nobody would see the answer.
            race.start_soon(self._reader.cancel_at_the_end, race.cancel_scope)
            await self._websocket.aclose(code, reason)
            race.cancel_scope.cancel()

    def _framed(self, message: bytes) -> bytes:
        return client_frame(message, os.urandom(4))


class LibraryReader:
    """Runs the library's reader task, in place of a nursery, and tells when it ends.

    The library waits for ever for the opening handshake of a peer that left. It also raises a
    server's refusal in this task, where nobody waits for it.
    """

    def __init__(self, nursery: trio.Nursery, stream: OutboundStream) -> None:
        self._nursery = nursery
        self._stream = stream
        self.rejection: trio_websocket.ConnectionRejected | None = None
        """The server's answer to the upgrade, if it is a refusal."""
        self._ended = trio.Event()

    def start_soon(self, task: Callable[[], Awaitable[None]]) -> None:
        """Run the task, as a nursery does."""
        self._nursery.start_soon(self._run, task)

    async def _run(self, task: Callable[[], Awaitable[None]]) -> None:
        try:
            await task()
        except trio_websocket.ConnectionRejected as rejection:
            self.rejection = rejection
        except (trio_websocket.ConnectionClosed, trio.BrokenResourceError):
            pass
        except (ProtocolError, h11.ProtocolError, UnicodeDecodeError):
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
