"""A client whose connection is held by a worker, as the parent's sessions and rooms know it."""

from __future__ import annotations

import secrets
from typing import Protocol

import trio

from roomcli.errors import ConnectionLost
from roomcli.protocol.secret import Secret
from roomcli.protocol.side_channel import IDENTITIES, SECRET, SideChannelOffer
from roomcli.wire.frames import server_frame

from ..datagrams.steering import draw_ids
from ..public.conduct import Conduct
from ..public.cpu_budget import CpuShare
from ..public.waiting import Place
from ..rooms.room_voice import RoomVoice
from ..rooms.visitor import RoomVisitor
from . import frames as f

CLOSING_SECONDS = 2.5
"""Seconds that a worker has to close a connection: it flushes for two at the most."""


class WorkerEnd(Protocol):
    """The parent's end of one worker, or of another server whose people are here."""

    @property
    def number(self) -> int | None:
        """Its number among the workers, by which they send it voice; another server has none."""

    def send(self, message: f.AnyFromParent) -> None:
        """Send a message to the worker."""

    def push_frame(self, connection: int, frame: bytes) -> None:
        """Have a WebSocket frame sent to a client."""

    def offer_channel(self, connection: int) -> SideChannelOffer | None:
        """Return a new side channel by UDP for a client; None where there is none."""

    def take_back(self, offer: SideChannelOffer) -> None:
        """Let the ids of a side channel be given to another."""


class FarConnection:
    """A client's WebSocket at a worker; before it is one, a connection that has a place."""

    def __init__(self, worker: WorkerEnd, number: int, address: str) -> None:
        self.worker = worker
        self.number = number
        self.address = address
        self.place: Place | None = None
        self.conduct: Conduct | None = None
        self.blocked = False
        self.moved = self.speaks = False
        """Whether their newest visit goes on from another server's, and with an open microphone."""
        self.visitor: FarVisitor | None = None
        """What stands for the client in its newest visit."""
        self._unread: list[bytes | str | None] = []
        self._taken = 0
        self._ended: str | None = None
        self._is_gone = False
        self._changes = trio.lowlevel.ParkingLot()

    @property
    def untaken(self) -> int:
        """How many messages were handed over that nobody has read."""
        return len(self._unread)

    # As a session has it.

    @property
    def stream(self) -> FarConnection:
        """Where frames are sent: through the worker, which frames nothing."""
        return self

    def push_control(self, frame: bytes) -> None:
        """Queue a whole WebSocket frame."""
        if not self._is_gone:
            self.worker.push_frame(self.number, frame)

    def send(self, message: bytes) -> None:
        self.push_control(server_frame(message))

    async def receive(self) -> bytes | str:
        while True:
            message = await self.next_message()
            if message is not None:
                return message

    async def next_message(self) -> bytes | str | None:
        """Return the next message, or None when the client has fallen silent.

        Raises ConnectionLost when there will be none.
        """
        await trio.lowlevel.checkpoint()
        while not self._unread:
            if self._ended is not None:
                raise ConnectionLost(self._ended)
            await self._changes.park()
        self._taken += 1
        if self._taken == f.TAKEN_TOGETHER:
            self._taken = 0
            self.worker.send(f.MessagesTaken(self.number, f.TAKEN_TOGETHER))
        return self._unread.pop(0)

    async def closed(self) -> None:
        await trio.lowlevel.checkpoint()
        while self._ended is None:
            await self._changes.park()

    async def aclose(self, code: int = 1000, reason: str = "") -> None:
        self.worker.send(f.Closed(self.number))
        with trio.move_on_after(CLOSING_SECONDS, shield=True):
            while not self._is_gone:
                await self._changes.park()

    # As the worker tells.

    def take_message(self, message: bytes | str | None) -> None:
        """Take a message of the client; the worker hands over no more than may wait here."""
        self._unread.append(message)
        self._changes.unpark_all()

    def note_end(self, why: str) -> None:
        """Note that nothing more comes."""
        if self._ended is None:
            self._ended = why
        self._changes.unpark_all()

    def go(self, why: str) -> None:
        """Note that the connection is closed."""
        self._is_gone = True
        if self.place is not None:
            self.place.free()
        self.note_end(why)


class FarVisitor(RoomVisitor):
    """A participant whose connection a worker holds; the worker tells how they hear."""

    __slots__ = ("_offer", "_way_ms", "far", "hearing")

    def __init__(
        self, id: str, key: str, far: FarConnection, visit: int, offer: SideChannelOffer | None
    ) -> None:
        super().__init__(id, key, far, visit)
        self.far = far
        self._offer = offer
        self.hearing = f.HearingReport(far.number, 0, 0, False, 0)
        """How they hear, as the worker has told last."""

    @property
    def offer(self) -> SideChannelOffer | None:
        return self._offer

    def close(self) -> None:
        if self._offer is not None:
            self.far.worker.take_back(self._offer)

    def send_held(self) -> None:
        if not self.is_inside:
            super().send_held()
            self.far.worker.send(f.CameInside(self.far.number))

    def _come_inside(self) -> None:
        pass

    @property
    def delay_ms(self) -> int:
        return self.hearing.delay_ms

    @property
    def way_ms(self) -> int:
        return self.hearing.way_ms

    @property
    def is_deaf(self) -> bool:
        return self.hearing.is_deaf

    @property
    def voice_skipped(self) -> int:
        return self.hearing.voice_skipped


class FarVoice:
    """The voice of a client at a worker, as :class:`~server.public.client_voice.ClientVoice`."""

    def __init__(self, far: FarConnection, share: CpuShare) -> None:
        self._far = far
        self._share = share
        far.worker.send(f.Known(far.number))

    async def message(self) -> bytes | str | None:
        # First the wait for the CPU: what was taken from the queue would be lost with the task.
        await self._share.wait()
        return await self._far.next_message()

    def go_home(self) -> None:
        self.set_echo(on=False)

    def set_echo(self, *, on: bool) -> None:
        self._far.worker.send(f.WentHome(self._far.number, on))

    def new_visitor(self, id: str, key: str, visit: int, *, by_udp: bool) -> RoomVisitor:
        offer = self._far.worker.offer_channel(self._far.number) if by_udp else None
        visitor = self._far.visitor = FarVisitor(id, key, self._far, visit, offer)
        visitor.moved, visitor.speaks = self._far.moved, self._far.speaks
        return visitor

    def begin_visit(self, voice: RoomVoice) -> None:
        """Do nothing: the worker knew as soon as the seat was taken."""

    def finish_visit(self) -> None:
        self._far.worker.send(f.VisitEnded(self._far.number))
        if self._far.visitor is not None:
            self._far.visitor.close()

    def close(self) -> None:
        """Do nothing: the worker takes nothing more once the connection is closed."""


class ChannelOffers:
    """Makes side channels for the people of one worker, whose datagrams arrive at ``port``.

    Ids name it: worker ``number`` of so many, counted from 0.
    """

    def __init__(self, number: int, workers: int, port: int, host: str | None) -> None:
        self._number = number
        self._workers = workers
        self._port = port
        self._host = host
        self._used: set[bytes] = set()

    def new(self) -> SideChannelOffer:
        """Return a side channel under ids that no other one has."""
        ids: tuple[bytes, ...] = ()
        while len(set(ids)) < IDENTITIES or not self._used.isdisjoint(ids):
            ids = draw_ids(self._number, self._workers)
        self._used.update(ids)
        secret = Secret(secrets.token_bytes(SECRET))
        return SideChannelOffer(port=self._port, host=self._host, secret=secret, ids=ids)

    def take_back(self, offer: SideChannelOffer) -> None:
        """Let its ids be used again."""
        self._used.difference_update(offer.ids)
