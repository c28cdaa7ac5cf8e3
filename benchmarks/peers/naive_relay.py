"""The obvious relay on trio-websocket: a task, a channel and ``send_message`` for each listener.

It has no rooms, no roles and no rules: whoever sends voice is heard by everyone, each frame in a
bundle of its own, so that the same load measures both. ``python -m benchmarks.peers.naive_relay``
listens on loopback, says where as one JSON line, and ends with its standard input.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

import trio
import trio_websocket

from roomcli.protocol import SUBPROTOCOL
from roomcli.protocol.audio import KIND_AUDIO, RATE, Bundle, BundleEntry, decode_uplink
from server.public.certificate import own_certificate

QUEUE = 50
"""Messages that may wait for one listener, a second of one speaker; further ones are dropped."""


class Relay:
    """Sends everything that anybody says to everyone."""

    def __init__(self) -> None:
        self._channels: dict[int, trio.MemorySendChannel[bytes]] = {}
        self._slots = 0
        self._started = trio.current_time()

    async def serve(self, request: trio_websocket.WebSocketRequest) -> None:
        """Serve one connection with a task that reads and a task that sends."""
        connection = await request.accept(subprotocol=SUBPROTOCOL)
        slot, self._slots = self._slots, self._slots + 1
        give, take = trio.open_memory_channel[bytes](QUEUE)
        self._channels[slot] = give
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._send, connection, take)
                while True:
                    message = await connection.get_message()
                    if isinstance(message, bytes) and message[0] == KIND_AUDIO:
                        self._relay(message, slot % 256)
        except* (trio_websocket.ConnectionClosed, trio.BrokenResourceError):
            pass
        finally:
            del self._channels[slot]

    def _relay(self, message: bytes, slot: int) -> None:
        frame = decode_uplink(message)
        entry = BundleEntry(
            slot, 0, frame.sequence, frame.media_time, frame.flags, frame.level, frame.payload
        )
        now = int((trio.current_time() - self._started) * RATE)
        bundle = Bundle(now, (entry,)).encode()
        for channel in self._channels.values():
            try:
                channel.send_nowait(bundle)
            except trio.WouldBlock:
                continue  # a listener that is so far behind misses the frame

    async def _send(
        self,
        connection: trio_websocket.WebSocketConnection,
        messages: trio.MemoryReceiveChannel[bytes],
    ) -> None:
        async for message in messages:
            await connection.send_message(message)


async def _main(tls: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        context = own_certificate(Path(folder)).context if tls else None
    async with trio.open_nursery() as nursery:
        server = await nursery.start(
            trio_websocket.serve_websocket, Relay().serve, "127.0.0.1", 0, context
        )
        url = f"{'wss' if tls else 'ws'}://127.0.0.1:{server.port}"
        print(json.dumps({"event": "listening", "url": url}), flush=True)
        async with trio.lowlevel.FdStream(sys.stdin.fileno()) as end:
            while await end.receive_some():
                pass
        nursery.cancel_scope.cancel()


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--tls", action="store_true")
    trio.run(_main, options.parse_args().tls)
