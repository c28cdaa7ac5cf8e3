"""A WebSocket that the server has accepted, by wsproto.

The library does no IO and starts no task, so that a listener takes little at the server: the
stream's reader of quiet connections reads them all.
"""

from __future__ import annotations

from collections.abc import Callable

import trio
from wsproto.connection import Connection, ConnectionState, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Ping, TextMessage
from wsproto.frame_protocol import CloseReason
from wsproto.utilities import generate_accept_token

from ..errors import ConnectionLost
from ..protocol import SUBPROTOCOL
from .connection import MOST_UNREAD, WebSocket
from .frames import server_frame
from .sieve import Sieve
from .stream import OutboundStream


def accept(stream: OutboundStream, key: str, sieve: Sieve, max_message: int) -> AcceptedWebSocket:
    """Accept a client's upgrade, which came with this ``Sec-WebSocket-Key``.

    The caller has read the request and judged it. The ``sieve`` sees everything after it.
    ``max_message`` is in bytes.
    """
    token = generate_accept_token(key.encode("latin-1")).decode("ascii")
    websocket = AcceptedWebSocket(stream, sieve, max_message)
    stream.push_control(
        f"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Accept: {token}\r\nSec-WebSocket-Protocol: {SUBPROTOCOL}\r\n\r\n".encode()
    )
    return websocket


class AcceptedWebSocket(WebSocket):
    """The server's end, of whose messages none may have more than ``max_message`` bytes.

    It reads from ``stream``, through the ``sieve``, until it has ended.
    """

    __slots__ = (
        "_changes", "_closes", "_max_message", "_parts", "_protocol", "_sieve", "_size",
        "_unread", "_why", "has_ended",
    )  # fmt: skip

    def __init__(self, stream: OutboundStream, sieve: Sieve, max_message: int) -> None:
        super().__init__(stream)
        self._protocol = Connection(ConnectionType.SERVER)
        self._max_message = max_message
        self._sieve = sieve
        self._unread: list[bytes | str] = []  # nearly always empty, and a deque never takes little
        self._parts: list[bytes] = []
        self._size = 0
        self._closes = False
        self._why = ""
        self.has_ended = False
        """Whether nothing more can come."""
        self._changes = trio.lowlevel.ParkingLot()
        stream.read_on(self, sieve)

    def take_small(self, kinds: frozenset[int], take: Callable[[bytes], None]) -> None:
        """Give small messages that begin with one of ``kinds`` to ``take``, not to ``receive``.

        ``take`` is called at once and must not wait; such messages may overtake longer ones.
        """
        self._sieve.take_out(kinds, take)

    async def receive(self) -> bytes | str:
        if self._unread:
            await trio.lowlevel.checkpoint()
        while not self._unread:
            if self._closes or self.has_ended:
                why = self.stream.broken or self._why or "the other side closed the connection"
                raise ConnectionLost(why)
            await self._changes.park()
        if len(self._unread) == MOST_UNREAD:
            self._changes.unpark_all()
        return self._unread.pop(0)

    async def closed(self) -> None:
        await trio.lowlevel.checkpoint()
        while not self.has_ended:
            await self._changes.park()

    async def aclose(self, code: int = 1000, reason: str = "") -> None:
        await super().aclose(code, reason)
        self._sieve.close()

    async def _exchange_closes(self, code: int, reason: str) -> None:
        if self.has_ended:
            return
        self._close(CloseConnection(code=code, reason=reason))
        self._unread.clear()
        if not self._sieve.over:
            await self.closed()

    def _framed(self, message: bytes) -> bytes:
        return server_frame(message)

    # What comes, as the stream hands it on.

    def receive_data(self, received: bytes) -> None:
        """Take bytes from the peer; empty ones are the end."""
        if self.has_ended:
            return
        if received:
            self._protocol.receive_data(received)
            self._take_events()
        else:
            self.has_ended = True
        self._changes.unpark_all()

    async def wait_for_room(self) -> None:
        """Wait while too many messages have not been received."""
        while len(self._unread) >= MOST_UNREAD and not self.has_ended:
            await self._changes.park()

    def _take_events(self) -> None:
        for event in self._protocol.events():
            match event:
                case BytesMessage() | TextMessage():
                    self._take_part(event)
                case Ping() if self._protocol.state is ConnectionState.OPEN:
                    self.stream.push_control(self._protocol.send(event.response()))
                case CloseConnection():
                    # The answer to ours, or theirs, or the library's word on what is no WebSocket.
                    self._close(CloseConnection(code=event.code, reason=event.reason))
                    self._why, self.has_ended = event.reason or "", True

    def _take_part(self, event: BytesMessage | TextMessage) -> None:
        if self._closes:
            return
        is_text = isinstance(event, TextMessage)
        part = event.data.encode() if isinstance(event, TextMessage) else bytes(event.data)
        self._parts.append(part)
        self._size += len(part)
        if self._size > self._max_message:
            why = f"the message has more than {self._max_message} bytes"
            self._close(CloseConnection(code=CloseReason.MESSAGE_TOO_BIG, reason=why))
            self._unread.clear()
            self._why, self.has_ended = why, True
        elif event.message_finished:
            message = b"".join(self._parts)
            self._unread.append(message.decode() if is_text else message)
            self._parts, self._size = [], 0

    def _close(self, word: CloseConnection) -> None:
        """Send the Close frame, if none was sent; nothing is pushed after it."""
        if self._protocol.state in (ConnectionState.OPEN, ConnectionState.REMOTE_CLOSING):
            self.stream.push_close(self._protocol.send(word))
        self._closes = True
