"""A WebSocket over the outbound stream, by wsproto.

The library reads frames, and says what to answer to a ping or a Close. All data frames are framed
here and pushed, so that a message is framed once for any number of receivers.
"""

from __future__ import annotations

import os
from collections.abc import Callable

import trio
from wsproto.connection import Connection, ConnectionState
from wsproto.events import BytesMessage, CloseConnection, Ping, TextMessage
from wsproto.frame_protocol import CloseReason

from ..errors import ConnectionLost
from .frames import client_frame, server_frame
from .sieve import Sieve
from .stream import OutboundStream

CLOSING_SECONDS = 1.0
MOST_UNREAD = 32
"""Messages that may wait to be received; with so many, nothing more is read."""
_LONGEST_REASON = 100


class WebSocket:
    """An open WebSocket that carries roomcli's binary messages.

    ``protocol`` is the library's side of it, after the opening handshake; a message may have
    ``max_message`` bytes. It reads from ``stream`` until it has ended, through the ``sieve`` of a
    server.
    """

    __slots__ = (
        "_changes", "_closes", "_max_message", "_parts", "_protocol", "_sieve", "_size",
        "_unread", "_why", "has_ended", "stream",
    )  # fmt: skip

    def __init__(
        self,
        stream: OutboundStream,
        protocol: Connection,
        max_message: int,
        sieve: Sieve | None = None,
    ) -> None:
        self.stream = stream
        self._protocol = protocol
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
        stream.begin_pushes()
        self._take_events()  # of what came together with the answer to the handshake
        stream.read_on(self, sieve)

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
        """Wait until nothing more can come, without taking the messages that came before."""
        await trio.lowlevel.checkpoint()
        while not self.has_ended:
            await self._changes.park()

    async def aclose(self, code: int = 1000, reason: str = "") -> None:
        """Close in an orderly way, for at most a second, then cut the socket.

        The answer of a peer that is no longer read is not waited for.
        """
        if not self.has_ended:
            self._close(CloseConnection(code=code, reason=reason[:_LONGEST_REASON]))
            self._unread.clear()
            patience = 0.0 if self._sieve is not None and self._sieve.over else CLOSING_SECONDS
            with trio.move_on_after(patience, shield=True):
                await self.closed()
        await self.stream.aclose()
        if self._sieve is not None:
            self._sieve.close()

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

    def _framed(self, message: bytes) -> bytes:
        if self._protocol.client:
            return client_frame(message, os.urandom(4))
        return server_frame(message)
