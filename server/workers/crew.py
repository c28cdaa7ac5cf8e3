"""The parent's workers: started, spoken to, started again when one dies."""

from __future__ import annotations

import logging
import socket
import subprocess
import sys
from dataclasses import dataclass
from functools import partial

import trio
from msgspec.structs import replace

from roomcli.protocol.side_channel import SideChannelOffer

from ..allowances import network
from ..limits import ServerLimits
from ..log_lines import LogFormat
from ..public.caller import Caller
from ..public.conduct import Conduct
from ..public.cpu_budget import CpuBudget
from ..public.gate import Gate
from ..public.port_figures import PortFigures
from ..public.session import Session
from ..rooms.traffic import Traffic
from ..rooms.traffic_totals import add_growth, totals_of
from . import frames as f
from .far_client import ChannelOffers, FarConnection, FarVoice
from .far_rooms import FarRooms
from .inboxes import open_inbox
from .link import WorkerLink

log = logging.getLogger(__name__)

NUMBERS = 1 << 40
"""Numbers of connections that one life of a worker may use up."""
AGAIN_SECONDS = 0.5
"""Seconds until a worker that died is started again."""
MOST_SILENT = 20
"""Seconds for which a worker may say nothing, though it counts every second; then it is killed, as
the system goes on giving it connections. They are seconds in which the parent itself runs: after a
standstill of the machine, all have their time again."""
MORE_TO_START = 40
"""Seconds more that it has until its first word: a busy machine takes long to start a process."""


@dataclass(frozen=True)
class WorkerPlace:
    """What one worker is given: its sockets, and where its datagrams arrive from outside.

    The parent keeps the sockets open, so that nobody is refused while a worker is started again.
    """

    listening: tuple[socket.socket, ...]
    datagrams: tuple[socket.socket, ...] = ()
    public: tuple[str, int] | None = None


class Crew:
    """All workers of a server; ``setup`` is what each is told first, but for its own place."""

    def __init__(
        self,
        gate: Gate,
        rooms: FarRooms,
        places: list[WorkerPlace],
        setup: f.Setup,
        log_format: LogFormat,
    ) -> None:
        self._gate = gate
        self._places = places
        self._setup = setup
        self._log_format = log_format
        self._budget = CpuBudget()
        self._workers = [
            FarWorker(number, gate, rooms, _offers_of(place, number, len(places)), self._budget)
            for number, place in enumerate(places)
        ]
        self._inboxes = [open_inbox() for _ in places]
        self._is_stopping = False

    async def serve(self, nursery: trio.Nursery) -> None:
        """Keep all workers running until cancelled; sessions run in ``nursery``."""
        async with trio.open_nursery() as keeping:
            keeping.start_soon(self._budget.run)
            for worker in self._workers:
                keeping.start_soon(self._keep_running, worker, nursery)

    async def _keep_running(self, worker: FarWorker, nursery: trio.Nursery) -> None:
        while not self._is_stopping:
            code = await self._run_once(worker, nursery)
            if not self._is_stopping:
                facts = {"worker": worker.number + 1, "code": code}
                log.error("worker %(worker)d ended (%(code)s): it is started again", facts)
                await trio.sleep(AGAIN_SECONDS)

    async def _run_once(self, worker: FarWorker, nursery: trio.Nursery) -> int | None:
        """Start a worker and serve its people until it ends; return its exit code."""
        here, there = socket.socketpair()
        place, inbox = self._places[worker.number], self._inboxes[worker.number].to_read
        inboxes = [each.to_write for each in self._inboxes]
        sockets = [*place.listening, *place.datagrams, inbox, *inboxes]
        command = [sys.executable, "-m", "server.workers", str(there.fileno()), self._log_format]
        with there:
            process = subprocess.Popen(  # noqa: ASYNC220 - it takes a millisecond or two
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[there.fileno(), *(each.fileno() for each in sockets)],
            )
        setup = replace(
            self._setup,
            listening=[each.fileno() for each in place.listening],
            datagrams=[each.fileno() for each in place.datagrams],
            public=place.public,
            inbox=inbox.fileno(),
            inboxes=[each.fileno() for each in inboxes],
            limits=_share_of(self._gate.hub.limits, len(self._places)),
        )
        here.setblocking(False)
        stream = trio.SocketStream(trio.socket.from_stdlib_socket(here))
        try:
            await worker.run(stream, setup, nursery)
        finally:
            process.kill()
            # It is killed, and takes no time.
            with trio.CancelScope(shield=True):
                await trio.to_thread.run_sync(process.wait)
        return process.returncode

    def stop_accepting(self) -> None:
        """Let nobody come any more."""
        self._is_stopping = True
        self._send_all(f.Stopping())

    def note_renewal(self) -> None:
        """Have certificates and limits read again in all workers."""
        limits = _share_of(self._gate.hub.limits, len(self._places))
        self._send_all(f.Renewed(limits))

    def _send_all(self, message: f.AnyFromParent) -> None:
        for worker in self._workers:
            worker.send(message)

    def count_all(self) -> PortFigures:
        """Return the figures of all workers together, and of the parent."""
        tasks = trio.lowlevel.current_statistics().tasks_living
        own = PortFigures(tasks=tasks, reads_waiting=self._budget.waiting)
        return sum((each.figures for each in self._workers), own)


class FarWorker:
    """The parent's end of one worker, in one life of it after the other."""

    def __init__(
        self,
        number: int,
        gate: Gate,
        rooms: FarRooms,
        offers: ChannelOffers | None,
        budget: CpuBudget,
    ) -> None:
        self.number = number
        self._gate = gate
        self._rooms = rooms
        self._budget = budget
        self._offers = offers
        self._link: WorkerLink[f.AnyFromParent, f.AnyFromWorker] | None = None
        self._lives = 0
        self._connections: dict[int, FarConnection] = {}
        self._nursery: trio.Nursery
        self._has_spoken = False
        self._before = PortFigures()
        self._now = PortFigures()
        self._traffic = totals_of(Traffic())
        self._refusals: dict[str, int] = {}

    @property
    def figures(self) -> PortFigures:
        """What the worker has told last, and what its earlier lives have counted."""
        return self._before + self._now

    def send(self, message: f.AnyFromParent) -> None:
        if self._link is not None:
            self._link.send(message)

    def push_frame(self, connection: int, frame: bytes) -> None:
        if self._link is not None and not self._link.add_receiver(connection, frame):
            self._link.send(f.FrameSent([connection], frame))

    def offer_channel(self, connection: int) -> SideChannelOffer | None:
        return self._offers.new() if self._offers is not None else None

    def take_back(self, offer: SideChannelOffer) -> None:
        if self._offers is not None:
            self._offers.take_back(offer)

    async def run(self, stream: trio.SocketStream, setup: f.Setup, nursery: trio.Nursery) -> None:
        """Serve a worker's people until it ends; their sessions run in ``nursery``."""
        self._nursery = nursery
        self._link = WorkerLink(stream, f.from_worker)
        self._lives += 1
        self._traffic, self._refusals = totals_of(Traffic()), {}
        try:
            self._link.send(replace(setup, first=self._lives * NUMBERS))
            async with trio.open_nursery() as watching:
                watching.start_soon(self._watch_silence, watching.cancel_scope)
                await self._link.run(self._take)
                watching.cancel_scope.cancel()
        finally:
            self._link = None
            self._before += self._now.at_its_end()
            self._now = PortFigures()
            connections, self._connections = self._connections, {}
            for each in connections.values():
                each.go("the process that held the connection ended")

    async def _watch_silence(self, life: trio.CancelScope) -> None:
        """End the worker's life when it says nothing any more."""
        silent, self._has_spoken = -MORE_TO_START, False
        while silent < MOST_SILENT:
            await trio.sleep(1)
            silent = 0 if self._has_spoken else silent + 1
            self._has_spoken = False
        log.error("worker %(worker)d does nothing any more: killed", {"worker": self.number + 1})
        life.cancel()

    def _take(self, message: f.AnyFromWorker) -> None:
        self._has_spoken = True
        match message:
            case f.VoicesHeard():
                self._rooms.hear(self, message)
            case f.WorkerCounted():
                self._note_count(message)
            case f.ClientArrived(connection=number, address=address):
                self._let_in(number, address)
            case _:
                found = self._connections.get(message.connection)
                if found is not None:
                    self._take_of(found, message)

    def _take_of(
        self,
        found: FarConnection,
        message: f.Requested | f.WebSocketOpened | f.ClientSaid | f.Misbehaved | f.Ended | f.Gone,
    ) -> None:
        match message:
            case f.ClientSaid():
                found.take_message(message.said)
            case f.Ended(why=why):
                found.note_end(why)
            case f.Gone(connection=number):
                found.go("closed")
                del self._connections[number]
            case f.Misbehaved(why=why):
                if found.conduct is not None:
                    found.conduct.break_off(why)
            case f.Requested(reached=reached):
                if self._has_come(found, reached):
                    self._nursery.start_soon(self._answer_request, found, message)
            case f.WebSocketOpened(reached=reached):
                if self._has_come(found, reached):
                    self._nursery.start_soon(self._run_session, found, message)

    def _let_in(self, number: int, address: str) -> None:
        if self._gate.comes_too_often(address):
            self.send(f.Cut(number))
            return
        found = self._connections[number] = FarConnection(self, number, address)
        found.place = self._gate.reserve(address, partial(self.send, f.Cut(number)))

    def _has_come(self, found: FarConnection, reached: f.Reached) -> bool:
        """Take the client's address from a proxy; cut it and return False if it comes too often."""
        if reached.remote != found.address and found.place is not None:
            found.address = reached.remote
            found.place.move(network(reached.remote))
            if self._gate.comes_too_often(reached.remote):
                self.send(f.Cut(found.number))
                return False
        return True

    async def _answer_request(self, found: FarConnection, asked: f.Requested) -> None:
        assert found.place is not None
        reached = asked.reached
        try:
            response = await self._gate.answer(
                asked.head, reached.local, reached.prefix, reached.shown, found.place
            )
            self.send(f.RequestAnswered(found.number, response))
        except Exception:
            log.exception("a request failed")
            self.send(f.Cut(found.number))

    async def _run_session(self, found: FarConnection, opened: f.WebSocketOpened) -> None:
        assert found.place is not None
        reached, gate = opened.reached, self._gate
        share = self._budget.share(network(reached.remote))
        share.adopt_task()
        found.conduct = Conduct(gate.hub.limits.messages)
        shown = reached.shown.certificate_hash
        caller = Caller(
            address=reached.remote,
            authority=opened.authority,
            names_us=partial(gate.is_named, reached.local, encrypted=bool(shown)),
            certificate_hash=shown or None,
            conduct=found.conduct,
            share=share,
            place=found.place,
            new_voice=partial(FarVoice, found, share),
            is_proxied=reached.is_proxied,
        )
        try:
            await Session(found, caller, gate.services).run()
        except Exception:
            # An error in one connection, even a bug of ours, must not end the others.
            log.exception("a connection failed")
            self.send(f.Cut(found.number))

    def _note_count(self, counted: f.WorkerCounted) -> None:
        hub = self._gate.hub
        self._now = counted.port
        add_growth(hub.traffic, self._traffic, counted.traffic)
        for code, count in counted.refusals.items():
            hub.refusals[code] += count - self._refusals.get(code, 0)
        self._traffic, self._refusals = counted.traffic, counted.refusals
        for hearing in counted.hearing:
            found = self._connections.get(hearing.connection)
            if found is not None and found.visitor is not None:
                found.visitor.hearing = hearing
        blocked = set(counted.blocked)
        for number, each in self._connections.items():
            each.blocked = number in blocked


def _offers_of(place: WorkerPlace, number: int, workers: int) -> ChannelOffers | None:
    if not place.datagrams:
        return None
    host, port = place.public or (None, int(place.datagrams[0].getsockname()[1]))
    return ChannelOffers(number, workers, port, host)


def _share_of(limits: ServerLimits, workers: int) -> ServerLimits:
    """Return the limits of one worker: each may send its part of all voice."""
    egress = limits.egress
    part = replace(
        egress,
        server_mbit=egress.server_mbit / workers,
        room_mbit=egress.room_mbit / workers,
    )
    return replace(limits, egress=part)
