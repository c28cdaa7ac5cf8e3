"""The public port: accepts, secures, reads the request head and hands on, each by a deadline."""

from __future__ import annotations

import json
import logging
import socket
from dataclasses import dataclass

import trio

from roomcli.errors import ConfigError, ConnectionFailed, ProtocolError
from roomcli.protocol.text import is_room_name
from roomcli.wire.connection import accept
from roomcli.wire.records import TlsRecords
from roomcli.wire.stream import OutboundStream

from .certificate import Certificate
from .connection import Session
from .http import Head, read_head, respond
from .hub import Hub
from .store import Store

log = logging.getLogger(__name__)

OPENING_SECONDS = 10.0
"""From accepting a connection to the end of its request head."""
VOICE_MAX_AGE = 0.2
"""Seconds a bundle may wait in the queue of a connection that takes no more."""
BACKLOG = 1024


@dataclass(frozen=True)
class Listener:
    """Serves one port for a hub. Without a certificate it speaks plain TCP."""

    hub: Hub
    store: Store
    certificate: Certificate | None

    async def serve(self, listeners: list[trio.SocketListener], nursery: trio.Nursery) -> None:
        """Accept until cancelled; connections live in ``nursery``."""
        await trio.serve_listeners(self._handle, listeners, handler_nursery=nursery)

    async def _handle(self, accepted: trio.SocketStream) -> None:
        raw = socket.socket(fileno=accepted.socket.detach())
        try:
            async with trio.open_nursery() as nursery:
                stream = OutboundStream(raw, nursery, voice_max_age=VOICE_MAX_AGE)
                try:
                    await self._serve(stream, nursery)
                finally:
                    await stream.aclose()
                    nursery.cancel_scope.cancel()
        except Exception:
            # One connection's fault, ours even, must not end everybody else's.
            log.exception("a connection failed")

    async def _serve(self, stream: OutboundStream, nursery: trio.Nursery) -> None:
        try:
            with trio.fail_after(OPENING_SECONDS):
                if self.certificate is not None:
                    context = self.certificate.context
                    await stream.handshake(TlsRecords(context, server_side=True))
                head = await read_head(stream)
                if head is None or not await self._is_room(stream, head):
                    return
                stream.unread(head.raw)
                connection = await accept(nursery, stream)
        except ProtocolError as error:
            await respond(stream, 400, f"{error}\n")
            return
        except (ConnectionFailed, trio.TooSlowError, trio.BrokenResourceError) as error:
            log.debug("no connection: %s", error)
            return
        await Session(
            connection,
            self.hub,
            self.store,
            room=head.path.removeprefix("/r/"),
            authority=head.authority,
            certificate_hash=self.certificate.hash if self.certificate else None,
        ).run()

    async def _is_room(self, stream: OutboundStream, head: Head) -> bool:
        """Whether a room's WebSocket is asked for; everything else is answered here."""
        path = head.path.partition("?")[0]
        if head.asks_for_websocket:
            if head.is_foreign:
                await respond(stream, 403, "a page of another site cannot connect here\n")
            elif not head.speaks_roomcli:
                await respond(stream, 400, "offer the subprotocol roomcli.v1\n")
            elif not (head.path.startswith("/r/") and is_room_name(head.path[3:])):
                await respond(stream, 404, "no room has this address\n")
            else:
                return True
        elif head.method not in ("GET", "HEAD"):
            await respond(stream, 405, "only GET here\n")
        elif path == "/healthz":
            await respond(stream, 200, "ok\n")
        elif path == "/rooms":
            await respond(stream, 200, json.dumps(self.hub.listed()), "application/json")
        elif path == "/":
            await respond(
                stream, 200, "This is a roomcli server. Enter a room with: roomcli join\n"
            )
        elif path.startswith("/r/") and is_room_name(path[3:]):
            await respond(
                stream, 200, "This is a roomcli room. Enter it with: roomcli join 'ADDRESS'\n"
            )
        else:
            await respond(stream, 404, "there is nothing here\n")
        return False


async def open_port(host: str, port: int) -> list[trio.SocketListener]:
    """Listen on ``host`` (all interfaces if empty). Raises ConfigError."""
    try:
        return await trio.open_tcp_listeners(port, host=host or None, backlog=BACKLOG)
    except OSError as error:
        where = f"{host or 'all interfaces'}, port {port}"
        raise ConfigError(f"cannot listen on {where}: {error.strerror or error}") from None
