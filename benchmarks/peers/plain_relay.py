"""What the obvious relays have in common: voice made into bundles of one, start and end.

They have no rooms, no roles and no rules: whoever sends voice is heard by everyone, so that the
same load measures them and roomcli.
"""

from __future__ import annotations

import argparse
import json
import ssl
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

import trio

from roomcli.protocol.audio import KIND_AUDIO, RATE, Bundle, BundleEntry, decode_uplink
from server.public.certificate import own_certificate

HOST = "127.0.0.1"

Serve = Callable[[ssl.SSLContext | None, trio.Nursery], Awaitable[int]]
"""Begins to listen on a free port of ``HOST`` and returns the port."""


class Bundler:
    """Makes a bundle of each frame of voice, for each speaker under a slot of its own."""

    def __init__(self) -> None:
        self._slots = 0
        self._started = trio.current_time()

    def next_slot(self) -> int:
        """Return the slot of one more connection."""
        self._slots += 1
        return self._slots % 256

    def bundle(self, message: object, slot: int) -> bytes | None:
        """Return the bundle to send for a message of a client, or None if it is no voice."""
        if not isinstance(message, bytes) or message[0] != KIND_AUDIO:
            return None
        frame = decode_uplink(message)
        entry = BundleEntry(
            slot, 0, frame.sequence, frame.media_time, frame.flags, frame.level, frame.payload
        )
        now = int((trio.current_time() - self._started) * RATE)
        return Bundle(now, (entry,)).encode()


def run(serve: Serve) -> None:
    """Listen on loopback, say where as one JSON line, and end with standard input."""
    options = argparse.ArgumentParser()
    options.add_argument("--tls", action="store_true")
    trio.run(_run, serve, options.parse_args().tls)


async def _run(serve: Serve, tls: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        certificate = own_certificate(Path(folder)) if tls else None
    context = certificate.context if certificate else None
    pin = f"#pin={certificate.hash.hex()}" if certificate else ""
    async with trio.open_nursery() as nursery:
        port = await serve(context, nursery)
        url = f"{'wss' if tls else 'ws'}://{HOST}:{port}{pin}"
        print(json.dumps({"event": "listening", "url": url}), flush=True)
        async with trio.lowlevel.FdStream(sys.stdin.fileno()) as end:
            while await end.receive_some():
                pass
        nursery.cancel_scope.cancel()
