"""The public port: accepts connections, secures them, and reads their request heads.

Each step has a deadline. A request for the WebSocket is handed on to a session, every other one is
answered by its route.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import resource
import socket
from collections import Counter
from dataclasses import dataclass, field
from functools import partial

import trio

from roomcli.errors import ConfigError, ConnectionFailed, ProtocolError
from roomcli.wire.accepted import accept
from roomcli.wire.quiet_reader import QuietReader
from roomcli.wire.records import TlsRecords
from roomcli.wire.sieve import Sieve
from roomcli.wire.stream import OutboundStream

from ..allowances import network
from ..datagrams.port import DatagramPort
from ..desks import Desks
from ..limits import MIB
from ..readiness import PROBES
from ..rooms.hub import Hub
from ..rooms.reception import Reception
from ..store import Store
from .authority import OwnNames
from .caller import Caller, Services
from .certificate import Certificate, Certificates
from .conduct import Conduct
from .cpu_budget import CpuBudget, CpuShare
from .echo import Echoes
from .http import Head, line, read_head, respond
from .inside import Inside
from .open_streams import OpenStreams
from .proxies import TrustedProxies
from .routes import Routes
from .session import Session
from .upgrade import refused_upgrade
from .waiting import Place, Waiting

log = logging.getLogger(__name__)

VOICE_MAX_AGE = 0.2
"""Seconds that a bundle may wait in the queue of a connection that takes no more."""
BACKLOG = 1024
PROBE_PLACES = 16
"""Places for those who ask whether the server works, beside all other waiting connections."""
_CAPACITY_ERRORS = (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS)
ACCEPT_PAUSE = 0.1
TOLD_AGAIN = 60.0
"""Seconds until the log says again that no connections can be taken."""
RESERVED_FILES = 32
"""Open files that connections leave to everything else: the store and its backups, admins, and
supervisors, who end a server that does not answer them, and with it all rooms."""
FULL = "nobody else can connect until somebody goes (more can with a higher ulimit -n)"


@dataclass
class Arrival:
    """A new connection: where it comes from, and which parts of the server it holds."""

    stream: OutboundStream
    nursery: trio.Nursery
    local: tuple[str, int]
    remote: str
    """The address of the client itself, as far as it is known."""
    share: CpuShare
    place: Place
    is_proxied: bool = False
    """Whether somebody else connects for the client."""
    prefix: str = ""
    """The path under which a trusted proxy has the server, like ``/talk``."""


@dataclass(frozen=True)
class Listener:
    """Serves one port for a hub. Without a certificate it speaks plain TCP."""

    hub: Hub
    reception: Reception
    store: Store
    desks: Desks
    certificates: Certificates | None
    routes: Routes
    names: OwnNames = field(default_factory=OwnNames)
    proxies: TrustedProxies = field(default_factory=TrustedProxies)
    datagrams: DatagramPort | None = None
    budget: CpuBudget = field(default_factory=CpuBudget)
    waiting: Waiting = field(init=False)
    inside: Inside = field(init=False)
    echoes: Echoes = field(default_factory=Echoes, init=False)
    probes: trio.CapacityLimiter = field(init=False)
    streams: OpenStreams = field(default_factory=OpenStreams, init=False)
    services: Services = field(init=False)
    turned_away: Counter[str] = field(default_factory=Counter, init=False)
    """Connections that were not taken, by the reason: ``too_often`` or ``no_resources``."""
    quiet_reader: QuietReader = field(default_factory=QuietReader, init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "waiting", Waiting(self._is_limited, self.hub.limits))
        object.__setattr__(self, "inside", Inside(self._is_limited, self.hub.limits))
        object.__setattr__(self, "probes", trio.CapacityLimiter(PROBE_PLACES))
        services = Services(
            *(self.hub, self.reception, self.store, self.desks, self.inside, self.echoes),
            datagrams=self.datagrams,
        )
        object.__setattr__(self, "services", services)

    async def serve(self, listeners: list[trio.SocketListener], nursery: trio.Nursery) -> None:
        """Accept connections until cancelled; their tasks run in ``nursery``."""
        async with trio.open_nursery() as accepting:
            accepting.start_soon(self.budget.run)
            accepting.start_soon(self.quiet_reader.run)
            accepting.start_soon(self.streams.keep_bounded, self._most_queued)
            if self.datagrams is not None:
                accepting.start_soon(self.datagrams.run)
            for listener in listeners:
                accepting.start_soon(self._accept, listener, nursery)

    async def _accept(self, listener: trio.SocketListener, nursery: trio.Nursery) -> None:
        share = self.budget.share("")
        share.adopt_task()
        tell_at = float("-inf")
        async with listener:
            while True:
                try:
                    _ensure_reserve(listener.socket.fileno())
                    accepted = await listener.accept()
                except OSError as error:
                    if error.errno not in _CAPACITY_ERRORS:
                        raise
                    self.turned_away["no_resources"] += 1
                    if trio.current_time() >= tell_at:
                        tell_at = trio.current_time() + TOLD_AGAIN
                        log.error("%(what)s: %(why)s", {"what": FULL, "why": error.strerror})
                    await trio.sleep(ACCEPT_PAUSE)
                    continue
                raw = socket.socket(fileno=accepted.socket.detach())
                nursery.start_soon(self._handle, raw)
                await share.wait()
                while self.budget.is_late:
                    await trio.lowlevel.checkpoint()

    def _most_queued(self) -> float:
        """Return how many bytes may wait for all connections together."""
        return self.hub.limits.connections.queues_mib * MIB

    def _is_limited(self, network: str) -> bool:
        """Whether the connections of a network are limited: not where everybody may come from."""
        return not self.hub.shares.is_everybody(network)

    async def _handle(self, raw: socket.socket) -> None:
        try:
            local = raw.getsockname()[:2]
            remote = str(raw.getpeername()[0])
        except OSError as error:  # on macOS, if the connection is reset already
            log.debug("no connection: %s", error)
            raw.close()
            return
        if not self.proxies.includes(remote) and self._comes_too_often(remote):
            raw.close()
            return
        share = self.budget.share(network(remote))
        share.adopt_task()
        try:
            async with trio.open_nursery() as nursery:
                place = self.waiting.reserve(network(remote), nursery.cancel_scope.cancel)
                stream = OutboundStream(
                    raw,
                    nursery,
                    voice_max_age=VOICE_MAX_AGE,
                    most_queued=self.hub.limits.connections.queue_kib * 1024,
                    admission=share.wait_to_read,
                    quiet_reader=self.quiet_reader,
                )
                arrival = Arrival(stream, nursery, local, remote, share, place)
                with self.streams.include(stream):
                    try:
                        await self._serve(arrival)
                    finally:
                        place.free()
                        await stream.aclose()
                        nursery.cancel_scope.cancel()
        except Exception:
            # An error in one connection, even a bug of ours, must not end the others.
            log.exception("a connection failed")

    def _comes_too_often(self, address: str) -> bool:
        comes_too_often = self.hub.allowances.take_connection(address, trio.current_time()) > 0
        self.turned_away["too_often"] += comes_too_often
        return comes_too_often

    async def _serve(self, arrival: Arrival) -> None:
        # Kept for the hello: the next connection may be shown another certificate.
        certificate = self.certificates.current if self.certificates else None
        try:
            head = await self._upgrade(arrival, certificate)
        except (ConnectionFailed, trio.TooSlowError, trio.BrokenResourceError) as error:
            log.debug("no connection: %s", error)
            return
        # What is needed to open a connection is freed before it is served for hours.
        if head is not None:
            session = self._session(arrival, head, certificate)
            del arrival, head, certificate
            await session.run()

    async def _upgrade(self, arrival: Arrival, certificate: Certificate | None) -> Head | None:
        """Return the head of a request for the WebSocket; answer any other and return None."""
        stream, seconds = arrival.stream, self.hub.limits.connections
        with trio.fail_after(seconds.opening_seconds) as opening:
            if certificate is not None:
                await stream.handshake(TlsRecords(certificate.context, server_side=True))
            try:
                head = await read_head(stream)
            except ProtocolError as error:
                await respond(stream, line(400, str(error)))
                return None
            if head is None or not self._is_welcome(arrival, head):
                return None
            refusal = refused_upgrade(head)
            if refusal is not None:
                await respond(stream, refusal)
            elif head.asks_for_websocket:
                return head
            else:
                opening.deadline = trio.current_time() + seconds.answer_seconds
                await self._respond(arrival, head, certificate)
        return None

    def _session(self, arrival: Arrival, head: Head, certificate: Certificate | None) -> Session:
        """Accept the upgrade; return what serves the connection."""
        limits = self.hub.limits.messages
        conduct = Conduct(limits)
        arrival.stream.unread(head.rest)
        sieve = Sieve(conduct)
        connection = accept(arrival.stream, head.websocket_key, sieve, limits.bytes)
        caller = Caller(
            address=arrival.remote,
            authority=head.authority,
            names_us=partial(self._is_named, arrival.local, encrypted=certificate is not None),
            certificate_hash=certificate.hash if certificate else None,
            conduct=conduct,
            share=arrival.share,
            place=arrival.place,
            is_proxied=arrival.is_proxied,
        )
        return Session(connection, caller, self.services)

    def _is_named(self, local: tuple[str, int], authority: str, *, encrypted: bool) -> bool:
        """Whether a client that has reached this address may call the server so."""
        return encrypted or self.names.include(authority, *local)

    def _is_welcome(self, arrival: Arrival, head: Head) -> bool:
        """Take the client's address from a proxy; return False if it connects too often."""
        arrival.is_proxied = bool(head.forwarded_for) or self.proxies.includes(arrival.remote)
        if not self.proxies.includes(arrival.remote):
            return True
        arrival.prefix = head.forwarded_prefix
        arrival.remote = self.proxies.client_address(arrival.remote, head.forwarded_for)
        arrival.share.move(network(arrival.remote))
        arrival.place.move(network(arrival.remote))
        return self.proxies.includes(arrival.remote) or not self._comes_too_often(arrival.remote)

    async def _respond(self, arrival: Arrival, head: Head, shown: Certificate | None) -> None:
        """Answer a request that is not for the WebSocket, to whom this certificate was shown."""
        url = self.names.url(head.authority, arrival.local, encrypted=shown is not None)
        pin = shown.hash.hex() if shown is not None and shown.is_self_signed else ""
        in_reserve = head.asked_path in PROBES and self.probes.available_tokens > 0
        async with self.probes if in_reserve else contextlib.nullcontext():
            if in_reserve:
                arrival.place.free()
            answer = await self.routes.answer(head, url + arrival.prefix, pin)
            await respond(arrival.stream, answer, head_only=head.method == "HEAD")


def _ensure_reserve(descriptor: int) -> None:
    """Raise OSError if the files that are left to be opened are those in reserve.

    The system gives each new file the lowest number that is free.
    """
    lowest = os.dup(descriptor)
    os.close(lowest)
    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 < most - RESERVED_FILES <= lowest:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))


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
        # The system gave each address family its own port; all take the first family's instead.
        first, *others = listeners
        port = first.socket.getsockname()[1]
        listeners = [first]
        for other in others:
            there = other.socket.getsockname()[0]
            await other.aclose()
            listeners += await trio.open_tcp_listeners(port, host=there, backlog=BACKLOG)
    return listeners
