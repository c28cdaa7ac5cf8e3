"""A worker: does what its parent says with its clients' connections and voice."""

from __future__ import annotations

import logging
import signal
import socket
from collections import Counter
from dataclasses import dataclass
from functools import partial
from itertools import cycle
from pathlib import Path

import trio

from roomcli.wire.priority import ask_for_priority

from ..allowances import TokenBucket
from ..datagrams.port import DatagramPort, PublicPlace
from ..limits import ServerLimits
from ..process_upkeep import calm_collector, lift_file_limit
from ..public.certificate import Certificates
from ..public.certificate_place import CertificatePlace
from ..public.near_voice import VoiceServices
from ..public.proxies import TrustedProxies
from ..rooms.hub import LOG_LINES
from ..rooms.near_voice import NearRoomVoice
from ..rooms.traffic import Traffic
from ..rooms.traffic_totals import totals_of
from ..streams.batch import new_batch
from . import frames as f
from .inboxes import WorkerInboxes
from .link import WorkerLink
from .relaying import RelayedSession, RelayingPort, ToParent

log = logging.getLogger(__name__)

COUNT_SECONDS = 1.0
"""Seconds between two times that a worker says what it measures, and which connections take no
bytes. How its people hear it says every other time, as speakers are told it no sooner."""


async def work(descriptor: int) -> None:
    """Serve what the parent at the other end of this socket sets up, until that end is gone."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the parent alone acts on them
    ask_for_priority()
    lift_file_limit()
    stream = trio.SocketStream(trio.socket.from_stdlib_socket(socket.socket(fileno=descriptor)))
    async with trio.open_nursery() as nursery:
        link: ToParent = WorkerLink(stream, f.from_parent)
        await link.run(Worker(link, nursery).obey)
        nursery.cancel_scope.cancel()


@dataclass
class SharedRoom:
    """A room of which people are here: its voice, what ends it, and the workers of the others."""

    voice: NearRoomVoice
    scope: trio.CancelScope
    others: tuple[int, ...] = ()


class Worker:
    """Carries out the parent's messages. Its tasks run in ``nursery``."""

    def __init__(self, link: ToParent, nursery: trio.Nursery) -> None:
        self._link = link
        self._nursery = nursery
        self._traffic = Traffic()
        self._refusals: Counter[str] = Counter()
        self._log_lines = TokenBucket(*LOG_LINES, 0.0)
        self._batch = new_batch()
        self._rooms: dict[int, SharedRoom] = {}
        self._limits = ServerLimits()
        self._certificates: Certificates | None = None
        self._datagrams: DatagramPort | None = None
        self._port: RelayingPort
        self._inboxes: WorkerInboxes

    def obey(self, message: f.AnyFromParent) -> None:
        """Do what a message says; what is gone meanwhile is left alone."""
        match message:
            case f.FrameSent(connections=numbers, frame=frame):
                for number in numbers:
                    session = self._port.sessions.get(number)
                    if session is not None:
                        session.connection.stream.push_control(frame)
            case f.RightsSet():
                room = self._room(message)
                room.voice.forwarder.count_elsewhere(message.elsewhere)
                room.voice.set_rights(message.rights)
            case f.RoomShared():
                if message.room in self._rooms:
                    self._rooms[message.room].others = message.workers
            case f.SlotForgotten():
                if message.room in self._rooms:
                    self._rooms[message.room].voice.forget_slot(message.slot)
            case f.SeatLeft():
                self._leave_seat(message)
            case f.Cut(connection=number):
                self._port.cut_off(number)
            case f.RequestAnswered(connection=number, response=response):
                self._port.give_answer(number, response)
            case f.Setup():
                try:
                    self._set_up(message)
                except BaseException:  # without a port it is of no use: the parent tries again
                    self._nursery.cancel_scope.cancel()
                    raise
            case f.Renewed(limits=limits):
                self._limits.take_over(limits)
                if self._certificates is not None:
                    self._certificates.renew()
            case f.Stopping():
                self._port.stop_accepting()
            case _:
                session = self._port.sessions.get(message.connection)
                if session is not None:
                    self._obey_about(session, message)

    def _obey_about(
        self,
        session: RelayedSession,
        message: f.MessagesTaken
        | f.Closed
        | f.Known
        | f.WentHome
        | f.VisitBegun
        | f.CameInside
        | f.VisitEnded,
    ) -> None:
        voice = session.voice
        match message:
            case f.MessagesTaken(count=count):
                session.note_taken(count)
            case f.Closed():
                session.close()
            case f.Known():
                session.begin_voice()
            case _ if voice is None:
                pass
            case f.WentHome(echo=echo):
                voice.go_home()
                voice.set_echo(on=echo)
            case f.VisitBegun(room=room) if room in self._rooms:
                carrier = self._rooms[room].voice
                visit, secret = message.visit, message.secret
                channel = voice.open_channel(visit, secret, message.ids) if secret else None
                carrier.enter(voice.seat(message.seat, message.key, visit, channel))
                voice.begin_visit(carrier)
            case f.CameInside():
                voice.come_inside()
            case f.VisitEnded():
                voice.finish_visit()

    def _set_up(self, setup: f.Setup) -> None:
        self._limits.take_over(setup.limits)
        given = None
        if setup.certificate:
            given = CertificatePlace(
                Path(setup.certificate), Path(setup.key) if setup.key else None
            )
        if not setup.no_tls:
            self._certificates = Certificates(Path(setup.folder), given)
            self._nursery.start_soon(self._certificates.watch_files)
        if setup.datagrams:
            public = PublicPlace(*setup.public) if setup.public is not None else None
            sockets = [socket.socket(fileno=each) for each in setup.datagrams]
            self._datagrams = DatagramPort(sockets, public, self._limits)
        services = VoiceServices(
            *(self._traffic, self._refusals, self._may_log),
            idle_seconds=lambda: self._limits.connections.idle_seconds,
            datagrams=self._datagrams,
        )
        proxies = TrustedProxies(setup.proxies)
        listeners = [
            trio.SocketListener(trio.socket.from_stdlib_socket(socket.socket(fileno=each)))
            for each in setup.listening
        ]
        self._port = RelayingPort(
            *(self._link, listeners, self._certificates, proxies, self._limits, services),
            first=setup.first,
        )
        calm_collector()
        inboxes = [socket.socket(fileno=each) for each in setup.inboxes]
        self._inboxes = WorkerInboxes(socket.socket(fileno=setup.inbox), inboxes)
        self._nursery.start_soon(self._inboxes.run, self._hear_from_afar)
        self._nursery.start_soon(self._port.serve, self._nursery)
        self._nursery.start_soon(self._keep_counting)

    def _may_log(self) -> bool:
        return not self._log_lines.take(1, trio.current_time())

    def _room(self, message: f.RightsSet) -> SharedRoom:
        number = message.room
        if number not in self._rooms:
            voice = NearRoomVoice(
                message.name,
                message.heard,
                partial(self._accept_voice, number),
                self._traffic,
                self._limits,
                self._batch,
            )
            room = self._rooms[number] = SharedRoom(voice, trio.CancelScope())
            self._nursery.start_soon(_run_room, room)
        return self._rooms[number]

    def _accept_voice(self, number: int, seat: str, entry: bytes, seconds: float) -> None:
        """Take a frame of somebody who is here, and is heard."""
        room = self._rooms[number]
        if room.others:
            self._inboxes.pass_on(number, room.others, entry)
        self._link.hear(number, (seat, entry, seconds))

    def _hear_from_afar(self, number: int, entries: list[bytes]) -> None:
        """Take frames of people of another worker."""
        if number in self._rooms:
            self._rooms[number].voice.hear_from_afar(entries)

    def _leave_seat(self, message: f.SeatLeft) -> None:
        if message.room not in self._rooms:
            return
        room = self._rooms[message.room]
        room.voice.leave(message.seat)
        if room.voice.is_empty:
            del self._rooms[message.room]
            room.scope.cancel()

    async def _keep_counting(self) -> None:
        for is_hearing_due in cycle((True, False)):
            hearing = self._hearing() if is_hearing_due else []
            self._link.send(
                f.WorkerCounted(
                    *(self._port.count_all(), totals_of(self._traffic), dict(self._refusals)),
                    *(hearing, self._blocked()),
                )
            )
            await trio.sleep(COUNT_SECONDS)

    def _hearing(self) -> list[f.HearingReport]:
        return [
            f.hearing_report(number, session.voice.peer)
            for number, session in self._port.sessions.items()
            if session.voice is not None and session.voice.peer is not None
        ]

    def _blocked(self) -> list[int]:
        sessions = self._port.sessions.items()
        return [number for number, session in sessions if session.connection.stream.blocked]


async def _run_room(room: SharedRoom) -> None:
    with room.scope:
        try:
            await room.voice.run()
        except Exception:
            # An error in one room, even a bug of ours, must not end the others.
            log.exception("the voice of room %(room)s failed", {"room": room.voice.name})
