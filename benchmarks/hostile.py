"""Hostile clients over Trio: a WebSocket with only what a flood needs."""

from __future__ import annotations

import base64
import contextlib
import itertools
import os
import struct
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import trio
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from roomcli.protocol import FEATURES, SUBPROTOCOL, codec
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.address import Address
from roomcli.protocol.audio import HOME, Ack
from roomcli.protocol.handshake import NO_CERTIFICATE, signed_bytes
from roomcli.wire.frames import client_frame, payload_of

MASK = b"\0\0\0\0"


@dataclass
class Flood:
    """A running flood, with counts of what it did."""

    address: Address
    done: int = 0
    connections: int = 0
    absent: int = 0
    """Connections that have to be in the room before the flood begins, and are not yet."""
    complete: trio.Event = field(default_factory=trio.Event)
    begun: trio.Event = field(default_factory=trio.Event)
    numbers: itertools.count[int] = field(default_factory=itertools.count)

    async def connected(self, source: str) -> trio.SocketStream:
        """Open a TCP connection from the address ``source``."""
        raw = trio.socket.socket()
        try:
            await raw.bind((source, 0))
            await raw.connect((self.address.host, self.address.port))
        except BaseException:
            raw.close()
            raise
        self.connections += 1
        return trio.SocketStream(raw)

    async def upgraded(self, source: str) -> HostileClient:
        """Open a WebSocket and return it before its hello."""
        peer = HostileClient(await self.connected(source))
        try:
            await peer.stream.send_all(upgrade(self.address))
            await peer.head()
        except BaseException:
            await trio.aclose_forcefully(peer.stream)
            raise
        return peer

    async def entered(self, source: str) -> HostileClient:
        """Enter the room with a new key."""
        peer = await self.upgraded(source)
        key = Ed25519PrivateKey.generate()
        answer = await peer.enter(self.address, key, name=f"Flood {next(self.numbers)}")
        if not isinstance(answer, e.Joined):
            await trio.aclose_forcefully(peer.stream)
            raise trio.BrokenResourceError(answer.text)
        return peer

    @contextlib.asynccontextmanager
    async def member(self, source: str) -> AsyncIterator[HostileClient]:
        """Stay in the room as a well-behaved participant until the flood begins."""
        peer = await self.entered(source)
        async with peer.stream, trio.open_nursery() as nursery:
            nursery.start_soon(peer.drain)
            nursery.start_soon(acknowledge, peer)
            self.absent -= 1
            if not self.absent:
                self.complete.set()
            await self.begun.wait()
            yield peer


class HostileClient:
    """The client's end of a WebSocket, with only what a flood needs."""

    def __init__(self, stream: trio.SocketStream) -> None:
        self.stream = stream
        self._rest = b""
        self._sending = trio.Lock()
        self.visit = HOME

    async def head(self) -> None:
        """Read the answer to the upgrade."""
        while b"\r\n\r\n" not in self._rest:
            self._rest += await self._received()
        self._rest = self._rest.partition(b"\r\n\r\n")[2]

    async def message(self) -> bytes:
        """Return the next message."""
        while True:
            size = _size(self._rest)
            if size is not None and len(self._rest) >= size:
                frame, self._rest = self._rest[:size], self._rest[size:]
                return payload_of(frame)
            self._rest += await self._received()

    async def say_hello(self, address: Address, key: Ed25519PrivateKey, name: str) -> None:
        """Answer the challenge; the server's answer is left unread."""
        challenge = codec.decode_from_server(await self.message())
        assert isinstance(challenge, e.Challenge)
        signed = signed_bytes(challenge.nonce, address.authority, NO_CERTIFICATE)
        public = key.public_key().public_bytes_raw()
        hello = c.Hello(key=public, signature=key.sign(signed), name=name, features=FEATURES)
        await self.send_command(hello)

    async def enter(
        self, address: Address, key: Ed25519PrivateKey, *, name: str, **wish: Any
    ) -> e.Joined | e.Refused:
        """Ask to come into a room, and return the server's answer; ``wish`` goes with it."""
        await self.say_hello(address, key, name)
        await self.send_command(c.EnterRoom(room=address.room, **wish))
        while True:
            answer = codec.decode_from_server(await self.message())
            if isinstance(answer, e.Joined):
                self.visit = answer.visit
            if isinstance(answer, e.Joined | e.Refused):
                return answer

    async def send_command(self, command: c.Command) -> None:
        """Send a command."""
        await self.send(codec.encode(command))

    async def send(self, message: bytes) -> None:
        """Send a message."""
        async with self._sending:
            await self.stream.send_all(client_frame(message, MASK))

    async def drain(self) -> None:
        """Discard everything that comes. Raises BrokenResourceError when the connection ends."""
        while await self.stream.receive_some(1 << 16):
            pass
        raise trio.BrokenResourceError

    async def _received(self) -> bytes:
        data = await self.stream.receive_some(1 << 16)
        if not data:
            raise trio.BrokenResourceError
        return data


async def acknowledge(peer: HostileClient) -> None:
    """Give signs of life until the connection ends, or the task is cancelled."""
    while True:
        stamp = time.monotonic_ns() // 1000
        await peer.send(Ack(0, stamp, visit=peer.visit).encode())
        await trio.sleep(0.5)


def upgrade(address: Address) -> bytes:
    """Build the request that opens a WebSocket."""
    key = base64.b64encode(os.urandom(16)).decode()
    return (
        f"GET {address.path} HTTP/1.1\r\nHost: {address.authority}\r\n"
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Protocol: {SUBPROTOCOL}\r\n\r\n"
    ).encode()


def _size(data: bytes) -> int | None:
    """Return the size in bytes of the server frame at the start, or None if its head is partial."""
    if len(data) < 2 or len(data) < (2, 4, 10)[max(0, data[1] - 125)]:
        return None
    if data[1] < 126:
        return 2 + data[1]
    form, at = (">H", 4) if data[1] == 126 else (">Q", 10)
    return at + int(struct.unpack(form, data[2:at])[0])
