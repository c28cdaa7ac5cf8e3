"""An open WebSocket over the outbound stream: what both sides have in common.

A library reads, and says what to answer to a ping or a Close: trio-websocket at the client
(``dialed``), wsproto at the server (``accepted``). All data frames are framed here and pushed, so
that a message is framed once for any number of receivers.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import trio

from .stream import OutboundStream

CLOSING_SECONDS = 1.0
MOST_UNREAD = 32
"""Messages that may wait to be received; with so many, nothing more is read."""
_LONGEST_REASON = 100


class WebSocket(ABC):
    """An open WebSocket that carries roomcli's binary messages over ``stream``."""

    __slots__ = ("stream",)

    def __init__(self, stream: OutboundStream) -> None:
        self.stream = stream
        stream.begin_pushes()

    def send(self, message: bytes) -> None:
        """Queue a message that must arrive; never blocks, and does nothing after the end."""
        self.stream.push_control(self._framed(message))

    def send_voice(self, message: bytes) -> None:
        """Queue a message that is worthless when late."""
        self.stream.push_voice(self._framed(message))

    @abstractmethod
    async def receive(self) -> bytes | str:
        """Return the next message. Raises ConnectionLost when there will be none."""

    @abstractmethod
    async def closed(self) -> None:
        """Wait until nothing more can come, without taking the messages that came before."""

    async def aclose(self, code: int = 1000, reason: str = "") -> None:
        """Close in an orderly way, for at most a second, then cut the socket.

        The answer of a peer that is no longer read is not waited for.
        """
        with trio.move_on_after(CLOSING_SECONDS, shield=True):
            await self._exchange_closes(code, reason[:_LONGEST_REASON])
        await self.stream.aclose()

    @abstractmethod
    async def _exchange_closes(self, code: int, reason: str) -> None:
        """Send a Close frame, if none was sent, and wait for the peer's while it is read."""

    @abstractmethod
    def _framed(self, message: bytes) -> bytes:
        """Return the message as one frame of this side."""
