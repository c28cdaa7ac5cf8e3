"""The server's end of a WebSocket, for tests without a server."""

from __future__ import annotations

from roomcli.errors import ConnectionFailed
from roomcli.protocol import MAX_FROM_CLIENT
from roomcli.wire.accepted import AcceptedWebSocket, accept
from roomcli.wire.sieve import Sieve
from roomcli.wire.stream import OutboundStream
from server.public.http import read_head


async def accept_client(stream: OutboundStream) -> AcceptedWebSocket:
    """Read a client's request and accept it. Raises ConnectionFailed if the client leaves."""
    head = await read_head(stream)
    if head is None:
        raise ConnectionFailed("the client has left")
    stream.unread(head.rest)
    return accept(stream, head.websocket_key, Sieve(), MAX_FROM_CLIENT)
