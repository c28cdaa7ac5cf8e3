"""The opening handshake of a WebSocket at the client, by trio-websocket."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

import trio
import trio_websocket

from ..errors import ConnectionFailed
from ..protocol import MAX_MESSAGE, SUBPROTOCOL
from .connection import MOST_UNREAD
from .dialed import DialedWebSocket, LibraryReader
from .receiving import RECEIVE_BYTES
from .stream import OutboundStream

OPENING_SECONDS = 10.0
"""Seconds that everything up to the answer 101 may take."""
_OUR_REFUSALS = (400, 403, 404, 426)
_PHRASES = {each.value: each.phrase for each in HTTPStatus}


async def connect(
    nursery: trio.Nursery, stream: OutboundStream, authority: str, path: str
) -> DialedWebSocket:
    """Open a WebSocket, which reads by a task in ``nursery``. Raises ConnectionFailed."""
    reader = LibraryReader(nursery, stream)
    websocket = None
    async with trio.open_nursery() as race:
        race.cancel_scope.deadline = trio.current_time() + OPENING_SECONDS
        race.start_soon(reader.cancel_at_the_end, race.cancel_scope)
        websocket = await trio_websocket.wrap_client_stream(
            reader,  # type: ignore[arg-type]
            stream,  # type: ignore[arg-type]  # any stream will do
            authority,
            path,
            subprotocols=[SUBPROTOCOL],
            message_queue_size=MOST_UNREAD,
            max_message_size=MAX_MESSAGE,
            receive_buffer_size=RECEIVE_BYTES,
        )
        race.cancel_scope.cancel()
    if websocket is None:
        stream.cut("no WebSocket")
        raise ConnectionFailed(f"{authority} {_why_not_opened(reader.rejection)}")
    if websocket.subprotocol != SUBPROTOCOL:
        stream.cut("wrong subprotocol")
        raise ConnectionFailed(
            f"{authority} speaks another version of roomcli, or a proxy before it drops the header "
            "Sec-WebSocket-Protocol"
        )
    return DialedWebSocket(stream, websocket, reader)


def _why_not_opened(rejection: trio_websocket.ConnectionRejected | None) -> str:
    if rejection is None:
        return "is no roomcli server, or ended the connection"
    headers = {name.lower(): value for name, value in rejection.headers}
    return why_rejected(rejection.status_code, headers, rejection.body or b"")


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
