"""The opening handshake of a WebSocket, by wsproto at the client."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import NamedTuple

import h11
import trio
from wsproto import ConnectionType, WSConnection
from wsproto.connection import Connection
from wsproto.events import AcceptConnection, RejectConnection, RejectData, Request
from wsproto.utilities import ProtocolError, generate_accept_token

from ..errors import ConnectionFailed
from ..protocol import MAX_FROM_CLIENT, MAX_MESSAGE, SUBPROTOCOL
from .connection import WebSocket
from .sieve import Sieve
from .stream import OutboundStream

OPENING_SECONDS = 10.0
"""Seconds that everything up to the answer 101 may take."""
_LONGEST_BODY = 16 * 1024
_OUR_REFUSALS = (400, 403, 404, 426)
_PHRASES = {each.value: each.phrase for each in HTTPStatus}


class _Refusal(NamedTuple):
    """An HTTP answer that is not 101."""

    status: int
    headers: Iterable[tuple[bytes, bytes]]
    body: bytes = b""


async def connect(stream: OutboundStream, authority: str, path: str) -> WebSocket:
    """Open a WebSocket as a client. Raises ConnectionFailed."""
    handshake = WSConnection(ConnectionType.CLIENT)
    answer = None
    with trio.move_on_after(OPENING_SECONDS):
        try:
            request = Request(host=authority, target=path, subprotocols=[SUBPROTOCOL])
            await stream.send_all(handshake.send(request))
            answer = await _answer_to_upgrade(stream, handshake)
        except (ProtocolError, h11.ProtocolError, trio.BrokenResourceError):
            pass  # it is no HTTP, or ends in the middle
    match answer:
        case AcceptConnection(subprotocol=subprotocol) if subprotocol == SUBPROTOCOL:
            assert handshake.connection is not None
            return WebSocket(stream, handshake.connection, MAX_MESSAGE)
        case AcceptConnection():
            why = (
                "speaks another version of roomcli, or a proxy before it drops the header "
                "Sec-WebSocket-Protocol"
            )
        case _Refusal(status, headers, body):
            named = {name.lower(): value for name, value in headers}
            why = why_rejected(status, named, body)
        case None:
            why = "is no roomcli server, or ended the connection"
    stream.cut("no WebSocket")
    raise ConnectionFailed(f"{authority} {why}")


async def _answer_to_upgrade(
    stream: OutboundStream, handshake: WSConnection
) -> AcceptConnection | _Refusal | None:
    """Return the server's answer; None if the connection ends before it.

    Raises ProtocolError of wsproto and of h11, and trio.BrokenResourceError.
    """
    refusal = _Refusal(0, ())
    while True:
        received = await stream.receive_some()
        handshake.receive_data(received)
        for event in handshake.handshake.events():
            match event:
                case AcceptConnection():
                    return event
                case RejectConnection():
                    refusal = _Refusal(event.status_code, event.headers)
                    if not event.has_body:
                        return refusal
                case RejectData():
                    refusal = refusal._replace(body=refusal.body + event.data)
                    if event.body_finished or len(refusal.body) > _LONGEST_BODY:
                        return refusal
        if not received:
            return None


def accept(
    stream: OutboundStream,
    key: str,
    sieve: Sieve | None = None,
    *,
    max_message: int = MAX_FROM_CLIENT,
) -> WebSocket:
    """Accept a client's upgrade, which came with this ``Sec-WebSocket-Key``.

    The caller has read the request and judged it. The ``sieve`` sees everything after it.
    ``max_message`` is in bytes.
    """
    token = generate_accept_token(key.encode("latin-1")).decode("ascii")
    stream.begin_pushes()
    stream.push_control(
        f"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Accept: {token}\r\nSec-WebSocket-Protocol: {SUBPROTOCOL}\r\n\r\n".encode()
    )
    return WebSocket(stream, Connection(ConnectionType.SERVER), max_message, sieve)


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
