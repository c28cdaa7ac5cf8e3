"""Voice by UDP in one visit: the socket and the tasks around ``voice_ways``.

While there is no socket, or the server's datagrams and one's own do not pass, nothing of it is
noticed but that voice goes by TCP.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Awaitable, Callable, Iterable

import trio

from ..protocol.audio import Ack
from ..protocol.datagrams import Probe
from ..protocol.side_channel import SideChannelOffer
from ..wire.udp.repetition import TICK
from .datagram_socket import (
    DatagramSocket,
    SocketAddress,
    find_target,
    own_address_towards,
)
from .voice_ways import VoiceWays

log = logging.getLogger(__name__)


class UdpVoice:
    """Carries the voice of one visit by UDP, from :meth:`run` until :meth:`close`."""

    def __init__(self, offer: SideChannelOffer, clock: Callable[[], float]) -> None:
        self.ways = VoiceWays(offer, os.urandom, clock())
        self._offer = offer
        self._clock = clock
        self._scope = trio.CancelScope()
        self._target: SocketAddress | None = None
        self._socket: DatagramSocket | None = None
        self._said = trio.Event()

    async def run(
        self, reached: Callable[[], SocketAddress], hear: Callable[[bytes], Awaitable[None]]
    ) -> None:
        """Receive until the end; ``hear`` takes each message that came.

        ``reached`` returns the address that the WebSocket reached. It may raise OSError.
        """
        with self._scope:
            try:
                self._target = await find_target(self._offer, reached())
                if self._target is None:
                    return
                self._socket = DatagramSocket(self._target)
            except OSError as error:
                log.info("no voice by UDP: %s", error)
                return
            try:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(self._repeat)
                    while self._socket is not None:
                        await self._receive_by(self._socket, hear)
            finally:
                self._socket.close()
                self._socket = None

    def close(self) -> None:
        """End it; nothing is sent any more."""
        self._scope.cancel()

    @property
    def by_udp(self) -> bool:
        """Whether one's own voice and acknowledgements go by UDP."""
        return self._socket is not None and self.ways.by_udp

    @property
    def dropped(self) -> int:
        """Frames and datagrams that did not leave this machine."""
        return self.ways.held_back + (self._socket.dropped if self._socket is not None else 0)

    def send_frame(self, message: bytes, media_time: int) -> None:
        """Send a frame."""
        self._send_datagrams(self.ways.seal_voice(message, media_time, self._clock()))
        if self.ways.has_copies:
            self._said.set()

    def send_ack(self, ack: Ack) -> None:
        """Send an acknowledgement."""
        self._send_datagrams(self.ways.seal_ack(ack, self._clock()))

    def answer(self, question: Probe) -> None:
        """Answer a question of the server's."""
        if self._socket is not None:
            self._send_datagrams(self.ways.seal_answer(question))

    def beat(self) -> None:
        """Look after the path; called twice a second."""
        if self._socket is None:
            return
        now = self._clock()
        self._follow_network()
        self.ways.measure_loss(now)
        self._send_datagrams(self.ways.seal_probe(now))

    def _follow_network(self) -> None:
        """Go on from the address that this machine has now, under another id."""
        assert self._target is not None
        assert self._socket is not None
        address = own_address_towards(self._target)
        if address is None or address == self._socket.own_address:
            return
        try:
            moved = DatagramSocket(self._target)
        except OSError:
            return
        log.info("the network has changed: voice by UDP goes on from there")
        self._socket.close()
        self._socket = moved
        self.ways.move_on()

    def _send_datagrams(self, datagrams: Iterable[bytes]) -> None:
        if self._socket is not None:
            for each in datagrams:
                self._socket.send(each)

    async def _receive_by(
        self, receiver: DatagramSocket, hear: Callable[[bytes], Awaitable[None]]
    ) -> None:
        """Receive by this socket, until another one takes its place."""
        while self._socket is receiver:
            try:
                datagram = await receiver.receive()
            except trio.ClosedResourceError:
                return
            if (opened := self.ways.unseal(datagram)) is not None:
                self.ways.note_message(self._clock())
                await hear(opened.message)

    async def _repeat(self) -> None:
        """Send what is due again in the silence after something was said."""
        while True:
            await self._said.wait()
            self._said = trio.Event()
            while self.ways.has_copies:
                await trio.sleep(TICK)
                self._send_datagrams(self.ways.seal_copies(self._clock()))
