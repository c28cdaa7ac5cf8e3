"""Tests of thousands of frames through slow sockets, read by a client that is not ours."""

from __future__ import annotations

import asyncio
import random
import socket
import ssl
import zlib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import trio
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from wsproto import ConnectionType
from wsproto.connection import Connection
from wsproto.events import Pong

from roomcli.protocol import SUBPROTOCOL
from roomcli.wire.connection import WebSocket
from roomcli.wire.frames import server_frame
from roomcli.wire.records import TlsRecords
from roomcli.wire.stream import OutboundStream
from server.public.certificate import own_certificate

from ...support.patience import PATIENCE
from ...support.upgrading import accept_client

MESSAGES = 3000


class Partial:
    """A socket that counts partial sends; ``bare`` makes it claim that all was sent."""

    def __init__(self, raw: socket.socket, *, bare: bool) -> None:
        self._raw, self._bare = raw, bare
        self.partial = 0

    def send(self, data: memoryview) -> int:
        sent = self._raw.send(data)
        self.partial += sent < len(data)
        return len(data) if self._bare else sent

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)


def message(kind: bytes, number: int, size: int) -> bytes:
    """Make a message that proves itself by a checksum."""
    body = kind + number.to_bytes(4) + random.Random(number).randbytes(size)
    return zlib.crc32(body).to_bytes(4) + body


async def read_all(port: int, tls: bool, end: trio.Event) -> dict[bytes, list[int]]:
    """Read everything and check every message; return the numbers of each kind.

    Runs in asyncio, in a thread of its own. Sets ``end`` when the last message is read.
    """
    context = None
    if tls:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
    sock.connect(("127.0.0.1", port))
    numbers: dict[bytes, list[int]] = {b"c": [], b"v": []}
    async with connect(
        f"{'wss' if tls else 'ws'}://localhost:{port}/r/x",
        sock=sock,
        ssl=context,
        subprotocols=[SUBPROTOCOL],  # type: ignore[list-item]
        compression=None,
        close_timeout=1,
        open_timeout=PATIENCE,
        max_queue=4,
    ) as websocket:
        try:
            while True:
                got = await asyncio.wait_for(websocket.recv(), PATIENCE)
                assert isinstance(got, bytes)
                assert zlib.crc32(got[4:]) == int.from_bytes(got[:4])
                if got[4:5] == b"e":
                    trio.from_thread.run_sync(end.set)
                else:
                    numbers[got[4:5]].append(int.from_bytes(got[5:9]))
        except ConnectionClosed:
            pass
    assert websocket.close_code == 1000
    return numbers


async def send_all(
    stream: OutboundStream, connection: WebSocket, facts: Counter[str], end: trio.Event
) -> None:
    """Send everything to the reader, from three sides at once, and wait until it is read."""
    dice = random.Random(7)
    for number in range(MESSAGES):
        size = dice.choice((0, 40, 120, 130, 3000, 9000))
        match dice.randrange(8):
            case 0 | 1 | 2:
                connection.send(message(b"c", number, size))
                facts["control"] += 1
            case 3:  # what the library answers goes between
                stream.push_control(Connection(ConnectionType.SERVER).send(Pong(b"between")))
            case _:
                stream.push_voice(server_frame(message(b"v", number, size // 10)))
                facts["voice"] += 1
        if number % 8 == 0:
            await stream.wait_send_all_might_not_block()
    # Closing gives it a second, which is too short for what is queued here and not read yet.
    while stream.blocked:
        await stream._sent_some.park()
    connection.send(message(b"e", MESSAGES, 0))
    with trio.move_on_after(PATIENCE):
        await end.wait()


async def exchanged(folder: Path, *, tls: bool, bare: bool) -> tuple[dict[bytes, list[int]], Any]:
    """Send everything to the reader; return what it read, and counts of our side."""
    [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listener.socket.getsockname()[1]
    read: dict[bytes, list[int]] = {}
    facts: Counter[str] = Counter()
    end = trio.Event()

    async def stranger() -> None:
        # Not by the client of two threads: Python 3.11 lets both use one TLS connection at
        # the same time, which sometimes loses what one of them sends.
        read.update(await trio.to_thread.run_sync(asyncio.run, read_all(port, tls, end)))

    async with listener, trio.open_nursery() as nursery:
        nursery.start_soon(stranger)
        raw = socket.socket(fileno=(await listener.accept()).socket.detach())
        stream = OutboundStream(raw, nursery, voice_max_age=60.0)
        try:
            if tls:
                context = own_certificate(folder).context
                await stream.handshake(TlsRecords(context, server_side=True))
            connection = await accept_client(stream)
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
            stream._raw = counting = Partial(raw, bare=bare)  # type: ignore[assignment]
            await send_all(stream, connection, facts, end)
            await connection.aclose()
            facts["partial"], facts["dropped"] = counting.partial, stream.voice_dropped
        finally:
            stream.cut("over")
    return read, facts


@pytest.mark.parametrize("tls", [False, True])
async def test_a_stranger_reads_every_frame_whole(tmp_path: Path, tls: bool) -> None:
    read, facts = await exchanged(tmp_path, tls=tls, bare=False)
    assert facts["partial"] > 100
    assert len(read[b"c"]) == facts["control"]
    assert read[b"c"] == sorted(read[b"c"])
    assert read[b"v"] == sorted(read[b"v"])
    assert facts["voice"] - facts["dropped"] - 20 <= len(read[b"v"]) <= facts["voice"]
    assert len(read[b"v"]) > 20


@pytest.mark.parametrize("tls", [False, True])
async def test_a_bare_send_would_be_noticed(tmp_path: Path, tls: bool) -> None:
    """Test the test itself: without the tails of sends, the reader gets rubbish or nothing."""
    with pytest.raises(BaseExceptionGroup):
        await exchanged(tmp_path, tls=tls, bare=True)
