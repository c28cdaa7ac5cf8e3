"""The public port: accepts, secures, reads the request head and hands on, each by a deadline."""

from __future__ import annotations

import contextlib
import json
import logging
import socket
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import trio

from roomcli.errors import ConfigError, ConnectionFailed, ProtocolError
from roomcli.protocol import SUBPROTOCOL
from roomcli.protocol.text import is_room_name
from roomcli.wire.connection import accept
from roomcli.wire.records import TlsRecords
from roomcli.wire.stream import OutboundStream

from .authority import OwnNames
from .certificate import Certificates
from .http import Head, read_head, respond
from .hub import Hub
from .limits import network
from .reception import Reception
from .session import Session
from .store import Store

log = logging.getLogger(__name__)

OPENING_SECONDS = 10.0
"""From accepting a connection to the end of its request head."""
VOICE_MAX_AGE = 0.2
"""Seconds a bundle may wait in the queue of a connection that takes no more."""
BACKLOG = 1024
UPGRADE_LOST = (
    "a proxy before this server does not pass on the upgrade to a WebSocket: it has to speak"
    " HTTP/1.1 to the server, and to pass on the headers Upgrade and Connection\n"
)


MAX_WAITING = 2048
MAX_WAITING_PER_ADDRESS = 512
"""Connections that are not in a room yet; one beyond that is closed at once."""


class Waiting:
    """Counts those who are not in a room yet, by address: in IPv6 by network."""

    def __init__(self) -> None:
        self._by_network: Counter[str] = Counter()

    def enters(self, address: str) -> bool:
        """Whether there is a place for one more; if so it is taken until :meth:`leaves`."""
        place = network(address)
        if (
            self._by_network.total() >= MAX_WAITING
            or self._by_network[place] >= MAX_WAITING_PER_ADDRESS
        ):
            return False
        self._by_network[place] += 1
        return True

    def leaves(self, address: str) -> None:
        """One of this address is in a room, or gone."""
        place = network(address)
        self._by_network[place] -= 1
        if not self._by_network[place]:
            del self._by_network[place]


@dataclass(frozen=True)
class Listener:
    """Serves one port for a hub. Without a certificate it speaks plain TCP."""

    hub: Hub
    reception: Reception
    store: Store
    certificates: Certificates | None
    names: OwnNames = field(default_factory=OwnNames)
    waiting: Waiting = field(default_factory=Waiting)

    async def serve(self, listeners: list[trio.SocketListener], nursery: trio.Nursery) -> None:
        """Accept until cancelled; connections live in ``nursery``."""
        await trio.serve_listeners(self._handle, listeners, handler_nursery=nursery)

    async def _handle(self, accepted: trio.SocketStream) -> None:
        try:
            local = accepted.socket.getsockname()[:2]
            remote = str(accepted.socket.getpeername()[0])
        except OSError as error:  # on macOS, of a connection that is reset already
            log.debug("no connection: %s", error)
            return
        if not self.waiting.enters(remote):
            log.debug("too many connections wait to be let in")
            return
        with contextlib.ExitStack() as place:
            place.callback(self.waiting.leaves, remote)
            raw = socket.socket(fileno=accepted.socket.detach())
            try:
                async with trio.open_nursery() as nursery:
                    stream = OutboundStream(raw, nursery, voice_max_age=VOICE_MAX_AGE)
                    try:
                        await self._serve(stream, nursery, local, remote, place.close)
                    finally:
                        await stream.aclose()
                        nursery.cancel_scope.cancel()
            except Exception:
                # One connection's fault, ours even, must not end everybody else's.
                log.exception("a connection failed")

    async def _serve(
        self,
        stream: OutboundStream,
        nursery: trio.Nursery,
        local: tuple[str, int],
        remote: str,
        admitted: Callable[[], None],
    ) -> None:
        # Kept for the hello: another may be shown to the next one.
        certificate = self.certificates.current if self.certificates else None
        try:
            with trio.fail_after(OPENING_SECONDS):
                if certificate is not None:
                    await stream.handshake(TlsRecords(certificate.context, server_side=True))
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
            self.reception,
            self.store,
            room=head.path.removeprefix("/r/"),
            address=remote,
            authority=head.authority,
            certificate_hash=certificate.hash if certificate else None,
            names_us=lambda authority: (
                certificate is not None or self.names.include(authority, *local)
            ),
            admitted=admitted,
        ).run()

    async def _list_rooms(self, stream: OutboundStream, after: str, head_only: bool) -> None:
        page, last = self.hub.listed(after)
        rooms = json.dumps(page, ensure_ascii=False)
        link = f'</rooms?after={last}>; rel="next"' if last else ""
        await respond(stream, 200, rooms, "application/json", link=link, head_only=head_only)

    async def _is_room(self, stream: OutboundStream, head: Head) -> bool:
        """Whether a room's WebSocket is asked for; everything else is answered here."""
        path = head.path.partition("?")[0]
        head_only = head.method == "HEAD"
        if head.has_lost_its_upgrade:
            await respond(stream, 426, UPGRADE_LOST)
        elif head.asks_for_websocket:
            if head.is_foreign:
                await respond(stream, 403, "a page of another site cannot connect here\n")
            elif not head.speaks_roomcli:
                text = f"offer the subprotocol {SUBPROTOCOL}; a proxy has to pass it on\n"
                await respond(stream, 400, text)
            elif not (head.path.startswith("/r/") and is_room_name(head.path[3:])):
                await respond(stream, 404, "no room has this address\n")
            else:
                return True
        elif head.method not in ("GET", "HEAD"):
            await respond(stream, 405, "only GET here\n")
        elif path == "/healthz":
            await respond(stream, 200, "ok\n", head_only=head_only)
        elif path == "/rooms":
            await self._list_rooms(stream, head.asked("after"), head_only)
        elif path == "/":
            body = "This is a roomcli server. Enter a room with: roomcli join\n"
            await respond(stream, 200, body, head_only=head_only)
        elif path.startswith("/r/") and is_room_name(path[3:]):
            body = "This is a roomcli room. Enter it with: roomcli join 'ADDRESS'\n"
            await respond(stream, 200, body, head_only=head_only)
        else:
            await respond(stream, 404, "there is nothing here\n", head_only=head_only)
        return False


async def open_port(host: str, port: int) -> list[trio.SocketListener]:
    """Listen on ``host`` (all interfaces if empty), at one port. Raises ConfigError."""
    try:
        return await _opened(host, port)
    except OSError as error:
        where = f"{host or 'all interfaces'}, port {port}"
        raise ConfigError(f"cannot listen on {where}: {error.strerror or error}") from None


async def _opened(host: str, port: int) -> list[trio.SocketListener]:
    listeners = await trio.open_tcp_listeners(port, host=host or None, backlog=BACKLOG)
    if port == 0 and len(listeners) > 1:
        # Each family was given a port of its own; the others take the first one's instead.
        first, *others = listeners
        port = first.socket.getsockname()[1]
        listeners = [first]
        for other in others:
            there = other.socket.getsockname()[0]
            await other.aclose()
            listeners += await trio.open_tcp_listeners(port, host=there, backlog=BACKLOG)
    return listeners
