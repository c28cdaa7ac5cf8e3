"""Hostile connections, in a process of their own: ``python -m benchmarks.flooder SETTINGS``.

SETTINGS is a JSON object (see :class:`Settings`). The process says ``ready``, is told
``{"begin": NS, "end": NS}`` (monotonic), floods in between and answers with how much it did. Each
connection comes from an address of its own, so that nothing but the server's fairness stands
between them and everybody else.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import itertools
import json
import os
import ssl
import struct
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import trio
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from roomcli.protocol import SUBPROTOCOL, codec
from roomcli.protocol.address import Address, parse_address
from roomcli.protocol.audio import Ack, Flags, UplinkFrame
from roomcli.protocol.commands import Chat, Command, Hello, ListPeople, Lock, React
from roomcli.protocol.events import Challenge, Joined
from roomcli.protocol.handshake import NO_CERTIFICATE, signed_bytes
from roomcli.wire.frames import client_frame

from .lean_client import payload_of

MASK = b"\0\0\0\0"
PONGS = bytes((0x8A, 0x81)) + MASK + b"z"
PINGS = bytes((0x89, 0x81)) + MASK + b"z"
EMPTY_FRAGMENT = bytes((0x00, 0x80)) + MASK
FIRST_FRAGMENT = bytes((0x02, 0x81)) + MASK + b"\0"
BATCH = 1000
SLOW_PAUSE = 0.5
"""Seconds between two bytes of a request head that is never finished."""

_TRUSTING = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
_TRUSTING.check_hostname, _TRUSTING.verify_mode = False, ssl.CERT_NONE


@dataclass(frozen=True)
class Settings:
    """What floods: ``kind`` is one of :data:`KINDS`."""

    kind: str
    url: str
    connections: int


@dataclass
class Flood:
    """A flood under way, and how much of it there was."""

    address: Address
    done: int = 0
    connections: int = 0
    absent: int = 0
    """How many are not in the room yet of those who have to be in it first."""
    complete: trio.Event = field(default_factory=trio.Event)
    begun: trio.Event = field(default_factory=trio.Event)
    numbers: itertools.count[int] = field(default_factory=itertools.count)

    async def connected(self, source: str) -> trio.SocketStream:
        """A TCP connection from this address."""
        raw = trio.socket.socket()
        await raw.bind((source, 0))
        await raw.connect((self.address.host, self.address.port))
        self.connections += 1
        return trio.SocketStream(raw)

    async def upgraded(self, source: str) -> Peer:
        """A WebSocket before its hello."""
        peer = Peer(await self.connected(source))
        await peer.stream.send_all(_upgrade(self.address))
        await peer.head()
        return peer

    async def entered(self, source: str) -> Peer:
        """A participant of the room, with a key that nobody has seen before."""
        peer = await self.upgraded(source)
        challenge = codec.decode_from_server(await peer.message())
        assert isinstance(challenge, Challenge)
        key = Ed25519PrivateKey.generate()
        signed = signed_bytes(
            challenge.nonce, self.address.authority, NO_CERTIFICATE, self.address.room
        )
        await peer.say(
            Hello(
                key=key.public_key().public_bytes_raw(),
                signature=key.sign(signed),
                name=f"Flood {next(self.numbers)}",
            )
        )
        while not isinstance(codec.decode_from_server(await peer.message()), Joined):
            pass
        return peer

    @contextlib.asynccontextmanager
    async def member(self, source: str) -> AsyncIterator[Peer]:
        """A participant who behaves, until the flood begins."""
        peer = await self.entered(source)
        async with peer.stream, trio.open_nursery() as nursery:
            nursery.start_soon(peer.drain)
            nursery.start_soon(_acknowledge, peer)
            self.absent -= 1
            if not self.absent:
                self.complete.set()
            await self.begun.wait()
            yield peer


class Peer:
    """A client's end of a WebSocket, with nothing but what a flood needs."""

    def __init__(self, stream: trio.SocketStream) -> None:
        self.stream = stream
        self._rest = b""
        self._sending = trio.Lock()

    async def head(self) -> None:
        """Read the answer to the upgrade."""
        while b"\r\n\r\n" not in self._rest:
            self._rest += await self._received()
        self._rest = self._rest.partition(b"\r\n\r\n")[2]

    async def message(self) -> bytes:
        """The next message."""
        while True:
            size = _size(self._rest)
            if size is not None and len(self._rest) >= size:
                frame, self._rest = self._rest[:size], self._rest[size:]
                return payload_of(frame)
            self._rest += await self._received()

    async def say(self, command: Command) -> None:
        """Send a command."""
        await self.send(codec.encode(command))

    async def send(self, message: bytes) -> None:
        """Send a message."""
        async with self._sending:
            await self.stream.send_all(client_frame(message, MASK))

    async def drain(self) -> None:
        """Throw away what comes until the end."""
        while await self.stream.receive_some(1 << 16):
            pass
        raise trio.BrokenResourceError

    async def _received(self) -> bytes:
        data = await self.stream.receive_some(1 << 16)
        if not data:
            raise trio.BrokenResourceError
        return data


async def _bytes(flood: Flood, source: str, data: bytes, opening: bytes = b"") -> None:
    """The same bytes again and again, as fast as they are taken, before any hello."""
    peer = await flood.upgraded(source)
    async with peer.stream:
        await peer.stream.send_all(opening)
        while True:
            await peer.stream.send_all(data)
            flood.done += BATCH


async def pongs(flood: Flood, source: str) -> None:
    """Answers to pings that nobody sent."""
    await _bytes(flood, source, PONGS * BATCH)


async def pings(flood: Flood, source: str) -> None:
    """Pings, whose answers are not read."""
    await _bytes(flood, source, PINGS * BATCH)


async def fragments(flood: Flood, source: str) -> None:
    """A message that goes on for ever, in pieces of nothing."""
    await _bytes(flood, source, EMPTY_FRAGMENT * BATCH, FIRST_FRAGMENT)


async def slow_openings(flood: Flood, source: str) -> None:
    """A request head that comes byte by byte, and a new one when the server has had enough."""
    stream = await flood.connected(source)
    async with stream:
        for byte in itertools.cycle(_upgrade(flood.address)[:-2]):
            await stream.send_all(bytes((byte,)))
            flood.done += 1
            await trio.sleep(SLOW_PAUSE)


async def fast_openings(flood: Flood, source: str) -> None:
    """Connections that end as soon as they are made."""
    stream = await flood.connected(source)
    await stream.aclose()
    flood.done += 1


async def tls_handshakes(flood: Flood, source: str) -> None:
    """Full handshakes, without resumption."""
    stream = trio.SSLStream(await flood.connected(source), _TRUSTING, https_compatible=True)
    try:
        await stream.do_handshake()
        flood.done += 1
    finally:
        await trio.aclose_forcefully(stream)


async def reconnects(flood: Flood, source: str) -> None:
    """WebSockets that end before their hello."""
    peer = await flood.upgraded(source)
    flood.done += 1
    await trio.aclose_forcefully(peer.stream)


async def hellos(flood: Flood, source: str) -> None:
    """People who come in with a new key and go at once."""
    peer = await flood.entered(source)
    flood.done += 1
    await trio.aclose_forcefully(peer.stream)


async def _commands(flood: Flood, source: str, *commands: Command, pause: float) -> None:
    async with flood.member(source) as peer:
        for command in itertools.cycle(commands):
            await peer.say(command)
            flood.done += 1
            await trio.sleep(pause)


async def _acknowledge(peer: Peer) -> None:
    while True:
        stamp = time.monotonic_ns() // 1000
        await peer.send(Ack(0, stamp).encode())
        await trio.sleep(0.5)


async def permitted_commands(flood: Flood, source: str) -> None:
    """What everybody may ask, as often as one connection may send anything."""
    await _commands(
        flood, source, ListPeople(), React(reaction="👏"), Chat(text="hello"), pause=1 / 140
    )


async def refused_commands(flood: Flood, source: str) -> None:
    """What is not theirs to ask, as often as one connection may send anything."""
    await _commands(flood, source, Lock(), pause=1 / 140)


async def refused_voice(flood: Flood, source: str) -> None:
    """Voice from the audience, as fast as it is taken."""
    frame = client_frame(UplinkFrame(1, 960, Flags.NONE, 20, bytes(60)).encode(), MASK)
    async with flood.member(source) as peer:
        while True:
            await peer.stream.send_all(frame * BATCH)
            flood.done += BATCH


Attack = Callable[[Flood, str], Awaitable[None]]
KINDS: dict[str, Attack] = {
    each.__name__: each
    for each in (
        pongs,
        pings,
        fragments,
        slow_openings,
        fast_openings,
        tls_handshakes,
        reconnects,
        hellos,
        permitted_commands,
        refused_commands,
        refused_voice,
    )
}
"""What a flood can be made of; each goes on with one connection until that ends."""


ENDS = (OSError, trio.BrokenResourceError, trio.ClosedResourceError, trio.BusyResourceError)
"""How a connection ends that the server has cut."""
MEMBERS = frozenset(("permitted_commands", "refused_commands", "refused_voice"))
"""Floods by people who are in the room, in the quiet before too."""


async def run(settings: Settings) -> None:
    """Flood when told to, each connection made again when it ends; say how much it was."""
    flood = Flood(parse_address(settings.url))
    attack = KINDS[settings.kind]

    async def again_and_again(number: int) -> None:
        source = f"127.0.{1 + number // 250}.{1 + number % 250}"
        while True:
            try:
                await attack(flood, source)
            except* (
                OSError,
                trio.BrokenResourceError,
                trio.ClosedResourceError,
                trio.BusyResourceError,
            ):
                await trio.sleep(0.01)

    async with trio.open_nursery() as nursery:
        if settings.kind in MEMBERS:
            flood.absent = settings.connections
            for number in range(settings.connections):
                nursery.start_soon(again_and_again, number)
            await flood.complete.wait()
        print(json.dumps({"event": "ready"}), flush=True)
        line = await trio.to_thread.run_sync(sys.stdin.readline)
        if line:
            times = json.loads(line)
            await trio.sleep(max(0.0, (times["begin"] - time.monotonic_ns()) / 1e9))
            flood.begun.set()
            if settings.kind not in MEMBERS:
                for number in range(settings.connections):
                    nursery.start_soon(again_and_again, number)
            await trio.sleep(max(0.0, (times["end"] - time.monotonic_ns()) / 1e9))
        nursery.cancel_scope.cancel()
    said = {"event": "result", "done": flood.done, "connections": flood.connections}
    print(json.dumps(said), flush=True)


def main() -> None:
    """Flood, and end with standard input."""
    trio.run(run, Settings(**json.loads(sys.argv[1])))
    sys.stdin.readline()


def _upgrade(address: Address) -> bytes:
    key = base64.b64encode(hashlib.sha256(os.urandom(8)).digest()[:16]).decode()
    return (
        f"GET {address.path} HTTP/1.1\r\nHost: {address.authority}\r\n"
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Protocol: {SUBPROTOCOL}\r\n\r\n"
    ).encode()


def _size(data: bytes) -> int | None:
    """Bytes of the server's frame that begins here; None while its head is not whole."""
    if len(data) < 2 or len(data) < (2, 4, 10)[max(0, data[1] - 125)]:
        return None
    if data[1] < 126:
        return 2 + data[1]
    form, at = (">H", 4) if data[1] == 126 else (">Q", 10)
    return at + int(struct.unpack(form, data[2:at])[0])


if __name__ == "__main__":
    main()
