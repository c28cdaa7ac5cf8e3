"""A client's connection as rooms, desks and home know it: what is said to it, and what it says.

It may be a WebSocket of this process, or one of a worker's that is spoken to over a link.
"""

from __future__ import annotations

from typing import Protocol


class FrameStream(Protocol):
    """Where whole WebSocket frames are sent that are made once for many."""

    @property
    def blocked(self) -> bool:
        """Whether the client, or the way to it, takes no more bytes at the moment."""

    def push_control(self, frame: bytes) -> None:
        """Queue a whole WebSocket frame that must arrive; never blocks."""


class ClientConnection(Protocol):
    """An open WebSocket to a client."""

    @property
    def stream(self) -> FrameStream:
        """Where frames are sent."""

    def send(self, message: bytes) -> None:
        """Queue a message that must arrive; never blocks, and does nothing after the end."""

    async def receive(self) -> bytes | str:
        """Return the next message. Raises ConnectionLost when there will be none."""

    async def closed(self) -> None:
        """Wait until nothing more can come."""

    async def aclose(self, code: int = 1000, reason: str = "") -> None:
        """Close in an orderly way, for at most a second or two."""
