"""Connections that send hostile inputs to a server, at each stage of their life.

An input is one head of a request, one message, one datagram, or one run of broken frames.
"""

from __future__ import annotations

import contextlib
import random
import socket
import struct
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Final

import trio
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from roomcli.protocol import events as e
from roomcli.protocol.address import Address
from roomcli.protocol.side_channel import SideChannelOffer
from roomcli.wire.frames import CLOSE, client_frame
from roomcli.wire.udp.keys import Direction
from roomcli.wire.udp.side_channel import SideChannel

from .flooder import ENDS
from .hostile import MASK, Flood, HostileClient
from .mutants import Mutants

CONNECTIONS: Final = 16
"""Connections at once."""
BATCH: Final = 18
"""Inputs of one connection: less than the faults that end it, so that all of them are read."""
KEYS: Final = 400
ROOMS: Final = ("a", "b", "c")
"""Rooms that hostile people open."""
PATIENCE: Final = 30.0
"""Seconds within which the server ends a connection whose client has ended it."""
_RESET: Final = struct.pack("ii", 1, 0)
_CLOSING: Final = bytes((CLOSE,)) + client_frame(b"", MASK)[1:]


class Fuzzing:
    """Hostile inputs for the server at ``address``, whose port for machines is ``admin``.

    In the room ``talking`` are people who mean no harm.
    """

    def __init__(
        self, address: Address, admin: Address, talking: str, chance: random.Random
    ) -> None:
        self.address, self.admin, self.talking = address, admin, talking
        self.chance, self.mutants = chance, Mutants(chance)
        self.inputs: Counter[str] = Counter()
        self.connections = 0
        self.stuck = 0
        """Connections that the server did not end after their client had."""
        self._flood = Flood(address)
        self._keys = [Ed25519PrivateKey.generate() for _ in range(KEYS)]

    async def run(self, seconds: float) -> None:
        """Send inputs over one connection after the other, for so long."""
        stages, weights = zip(*STAGES, strict=True)

        async def again_and_again() -> None:
            while True:
                (stage,) = self.chance.choices(stages, weights)
                self.connections += 1
                with contextlib.suppress(*ENDS):
                    await stage(self)

        with trio.move_on_after(seconds):
            async with trio.open_nursery() as nursery:
                for _ in range(CONNECTIONS):
                    nursery.start_soon(again_and_again)

    async def be_refused(self) -> None:
        """Have a hello refused: from then on the server has one task more, which sums them up."""
        peer = await self._flood.upgraded(self._source())
        async with peer.stream:
            await peer.send(b"")
            await drain(peer.stream)

    async def heads(self) -> None:
        """Send what should be a request, mostly at the public port."""
        address = self.admin if self.chance.random() < 0.1 else self.address
        async with await Flood(address).connected(self._source()) as stream:
            await stream.send_all(self.mutants.head(address.authority))
            self.inputs["heads"] += 1
            await self._end(stream)

    async def before_hello(self) -> None:
        """Send broken frames, or a broken hello, where a hello should come."""
        peer = await self._flood.upgraded(self._source())
        async with peer.stream:
            if self.chance.random() < 0.5:
                await self._send_frames(peer)
            else:
                await peer.send(self.mutants.command())
                self.inputs["hellos"] += 1
            await self._end(peer.stream)

    async def at_home(self) -> None:
        """Send anything where one is in no room."""
        peer = await self._flood.upgraded(self._source())
        async with peer.stream:
            await peer.say_hello(self.address, self.chance.choice(self._keys), "Mallory")
            await self._send_batch(peer)

    async def in_room(self) -> None:
        """Send anything in the audience of those who talk, or as the host of another room."""
        room = self.chance.choice((self.talking, *ROOMS))
        intent = "join" if room == self.talking else "host"
        peer = await self._flood.upgraded(self._source())
        async with peer.stream:
            key, address = self.chance.choice(self._keys), self.address.in_room(room)
            answer = await peer.enter(address, key, name="Mallory", intent=intent)
            if isinstance(answer, e.Joined):
                there = [answer.you, *answer.view.stage, *answer.view.people]
                self.mutants.names = [*ROOMS, *self.mutants.names[-40:], *there]
                if answer.udp is not None:
                    await self._send_datagrams(answer.udp, answer.visit)
            await self._send_batch(peer)

    async def _send_datagrams(self, offer: SideChannelOffer, visit: int) -> None:
        channel = SideChannel(offer.secret.reveal(), offer.ids, Direction.TO_SERVER)
        with trio.socket.socket(type=socket.SOCK_DGRAM) as sender:
            await sender.bind((self._source(), 0))
            await sender.connect((self.address.host, offer.port))
            for _ in range(BATCH):
                await sender.send(self.mutants.datagram(channel, visit))
                self.inputs["datagrams"] += 1

    async def _send_batch(self, peer: HostileClient) -> None:
        messages = []
        for _ in range(BATCH - 1):
            if self.chance.random() < 0.5:
                messages.append(self.mutants.command())
                self.inputs["commands"] += 1
            else:
                messages.append(self.mutants.small(peer.visit))
                self.inputs["voice_and_acks"] += 1
        await peer.stream.send_all(b"".join(client_frame(each, MASK) for each in messages))
        await self._send_frames(peer)
        await self._end(peer.stream)

    async def _send_frames(self, peer: HostileClient) -> None:
        await peer.stream.send_all(self.mutants.frames())
        self.inputs["broken_frames"] += 1

    async def _end(self, stream: trio.SocketStream) -> None:
        """End a connection in one of the ways that there are, and mostly wait for the server."""
        match self.chance.randrange(6):
            case 0:
                stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                return
            case 1:
                return
            case 2 | 3:
                await stream.send_all(_CLOSING)
        await stream.send_eof()
        with trio.move_on_after(PATIENCE):
            await drain(stream)
            return
        self.stuck += 1

    def _source(self) -> str:
        """Return one of many addresses, so that none comes too often."""
        chance = self.chance
        return f"127.{chance.randint(1, 9)}.{chance.randrange(256)}.{chance.randint(1, 9)}"


async def drain(stream: trio.SocketStream) -> None:
    """Read until the server ends the connection."""
    while await stream.receive_some(1 << 16):
        pass


STAGES: Final[tuple[tuple[Callable[[Fuzzing], Awaitable[None]], int], ...]] = (
    (Fuzzing.heads, 3),
    (Fuzzing.before_hello, 2),
    (Fuzzing.at_home, 3),
    (Fuzzing.in_room, 5),
)
"""The stages, and how often each is drawn."""
