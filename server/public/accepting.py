"""A public port: accepts connections, secures them, and reads their request heads.

Each step has a deadline. A request for the WebSocket is handed on to a session, every other one is
answered; by whom, says what is derived from this.
"""

from __future__ import annotations

import errno
import logging
import os
import resource
import socket
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import trio

from roomcli.errors import ConfigError, ConnectionFailed, ProtocolError
from roomcli.wire.accepted import AcceptedWebSocket, accept
from roomcli.wire.quiet_reader import QuietReader
from roomcli.wire.records import TlsRecords
from roomcli.wire.sieve import Sieve
from roomcli.wire.stream import OutboundStream

from ..allowances import network
from ..datagrams.port import DatagramPort
from ..limits import MIB, ServerLimits
from .certificate import Certificate, Certificates
from .conduct import Conduct
from .cpu_budget import CpuBudget, CpuShare
from .http import Head, line, read_head, respond
from .open_streams import OpenStreams
from .port_figures import PortFigures
from .proxies import TrustedProxies
from .upgrade import refused_upgrade

log = logging.getLogger(__name__)

VOICE_MAX_AGE = 0.2
"""Seconds that a bundle may wait in the queue of a connection that takes no more."""
BACKLOG = 1024
_CAPACITY_ERRORS = (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS)
ACCEPT_PAUSE = 0.1
TOLD_AGAIN = 60.0
"""Seconds until the log says again that no connections can be taken."""
RESERVED_FILES = 32
"""Open files that connections leave to everything else: the store and its backups, admins, and
supervisors, who end a server that does not answer them, and with it all rooms."""
FULL = "nobody else can connect until somebody goes (more can with a higher ulimit -n)"


class WaitingPlace(Protocol):
    """The place of a connection among those that have not proven who they are."""

    def move(self, network: str) -> None:
        """Count the connection for this network, as its proxy says."""

    def free(self) -> None:
        """Give the place back. May be called again."""


class Served(Protocol):
    """What serves one WebSocket."""

    async def run(self) -> None:
        """Serve until either side ends the connection; close it in any case."""


class ServedPort(Protocol):
    """The public port as whoever runs the server has it."""

    async def serve(self, nursery: trio.Nursery) -> None:
        """Accept connections until cancelled; what serves them runs in ``nursery``."""

    def stop_accepting(self) -> None:
        """Let nobody come any more; who is here stays."""

    def note_renewal(self) -> None:
        """Hold to certificate and limits as they are now."""

    def count_all(self) -> PortFigures:
        """Return what waits here at this moment, and what was lost so far."""


Waits = TypeVar("Waits", bound=WaitingPlace)


@dataclass
class Arrival(Generic[Waits]):
    """A new connection: where it comes from, and which parts of the server it holds."""

    stream: OutboundStream
    nursery: trio.Nursery
    local: tuple[str, int]
    remote: str
    """The address of the client itself, as far as it is known."""
    share: CpuShare
    place: Waits
    is_proxied: bool = False
    """Whether somebody else connects for the client."""
    prefix: str = ""
    """The path under which a trusted proxy has the server, like ``/talk``."""


class PublicPort(ABC, Generic[Waits]):
    """Accepts connections. Without a certificate it speaks plain TCP."""

    def __init__(
        self,
        listeners: list[trio.SocketListener],
        certificates: Certificates | None,
        proxies: TrustedProxies,
        limits: ServerLimits,
        datagrams: DatagramPort | None = None,
        budget: CpuBudget | None = None,
    ) -> None:
        self._listeners = listeners
        self._accepting = trio.CancelScope()
        self._certificates = certificates
        self._proxies = proxies
        self._limits = limits
        self.datagrams = datagrams
        """Where voice may go by UDP; None if it may not."""
        self.budget = budget or CpuBudget()
        self.streams = OpenStreams()
        self._without_resources = 0
        self._quiet_reader = QuietReader()

    @abstractmethod
    def _comes_too_often(self, address: str) -> bool:
        """Count one more connection from an address; return whether it is one too many."""

    @abstractmethod
    def _reserve(self, address: str, put_out: Callable[[], None]) -> Waits:
        """Return the place of a new connection; ``put_out`` ends it."""

    @abstractmethod
    async def _respond(
        self, arrival: Arrival[Waits], head: Head, shown: Certificate | None
    ) -> None:
        """Answer a request that is not for the WebSocket, to whom this certificate was shown."""

    @abstractmethod
    def _session(
        self,
        arrival: Arrival[Waits],
        head: Head,
        shown: Certificate | None,
        connection: AcceptedWebSocket,
        conduct: Conduct,
    ) -> Served:
        """Return what serves a WebSocket, to whom this certificate was shown."""

    async def serve(self, nursery: trio.Nursery) -> None:
        """Accept connections until cancelled; their tasks run in ``nursery``."""
        async with trio.open_nursery() as serving:
            serving.start_soon(self.budget.run)
            serving.start_soon(self._quiet_reader.run)
            serving.start_soon(self.streams.keep_bounded, self._most_queued)
            if self.datagrams is not None:
                serving.start_soon(self.datagrams.run)
            with self._accepting:
                async with trio.open_nursery() as at_doors:
                    for listener in self._listeners:
                        at_doors.start_soon(self._accept, listener, nursery)

    def stop_accepting(self) -> None:
        """Let nobody come any more; who is here stays."""
        self._accepting.cancel()

    def note_renewal(self) -> None:
        """Do nothing: what this process has read again holds here at once."""

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
                    self._without_resources += 1
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

    def count_all(self) -> PortFigures:
        """Return what waits here at this moment, and what was lost so far."""
        streams = self.streams.count_all()
        return PortFigures(
            blocked=streams.blocked,
            frames_waiting=streams.frames_waiting,
            reads_waiting=self.budget.waiting,
            tasks=trio.lowlevel.current_statistics().tasks_living,
            voice_dropped=streams.voice_dropped,
            datagrams_dropped=self.datagrams.dropped if self.datagrams is not None else 0,
            late_passes=self.budget.late_passes,
            no_resources=self._without_resources,
        )

    def _most_queued(self) -> float:
        """Return how many bytes may wait for all connections together."""
        return self._limits.connections.queues_mib * MIB

    async def _handle(self, raw: socket.socket) -> None:
        try:
            local = raw.getsockname()[:2]
            remote = str(raw.getpeername()[0])
        except OSError as error:  # on macOS, if the connection is reset already
            log.debug("no connection: %s", error)
            raw.close()
            return
        if self._comes_too_often(remote):
            raw.close()
            return
        share = self.budget.share(network(remote))
        share.adopt_task()
        try:
            async with trio.open_nursery() as nursery:
                place = self._reserve(remote, nursery.cancel_scope.cancel)
                stream = OutboundStream(
                    raw,
                    nursery,
                    voice_max_age=VOICE_MAX_AGE,
                    most_queued=self._limits.connections.queue_kib * 1024,
                    admission=share.wait_to_read,
                    quiet_reader=self._quiet_reader,
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

    async def _serve(self, arrival: Arrival[Waits]) -> None:
        # Kept for the hello: the next connection may be shown another certificate.
        certificate = self._certificates.current if self._certificates else None
        try:
            head = await self._upgrade(arrival, certificate)
        except (ConnectionFailed, trio.TooSlowError, trio.BrokenResourceError) as error:
            log.debug("no connection: %s", error)
            return
        # What is needed to open a connection is freed before it is served for hours.
        if head is not None:
            session = self._accepted(arrival, head, certificate)
            del arrival, head, certificate
            await session.run()

    async def _upgrade(
        self, arrival: Arrival[Waits], certificate: Certificate | None
    ) -> Head | None:
        """Return the head of a request for the WebSocket; answer any other and return None."""
        stream, seconds = arrival.stream, self._limits.connections
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

    def _accepted(self, arrival: Arrival[Waits], head: Head, shown: Certificate | None) -> Served:
        """Accept the upgrade; return what serves the connection."""
        limits = self._limits.messages
        conduct = Conduct(limits)
        arrival.stream.unread(head.rest)
        sieve = Sieve(conduct)
        connection = accept(arrival.stream, head.websocket_key, sieve, limits.bytes)
        return self._session(arrival, head, shown, connection, conduct)

    def _is_welcome(self, arrival: Arrival[Waits], head: Head) -> bool:
        """Take the client's address from a proxy; return False if it connects too often."""
        arrival.is_proxied = bool(head.forwarded_for) or self._proxies.includes(arrival.remote)
        if not self._proxies.includes(arrival.remote):
            return True
        arrival.prefix = head.forwarded_prefix
        arrival.remote = self._proxies.client_address(arrival.remote, head.forwarded_for)
        arrival.share.move(network(arrival.remote))
        arrival.place.move(network(arrival.remote))
        return not self._comes_too_often(arrival.remote)


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
