"""Hostile connections in a process of their own: ``python -m benchmarks.flooder SETTINGS``.

SETTINGS is a JSON object (see :class:`FlooderSettings`). The process says ``ready``, is told
``{"begin": NS, "end": NS}`` (monotonic), floods in between and answers with how much it did. Each
connection comes from an address of its own, so that only the server's fairness stands between the
flood and everybody else.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import ssl
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import trio

from roomcli.protocol import commands as c
from roomcli.protocol.address import parse_address
from roomcli.protocol.audio import FRAME, Flags, UplinkFrame
from roomcli.wire.frames import client_frame

from .hostile import MASK, Flood, upgrade

PONGS = bytes((0x8A, 0x81)) + MASK + b"z"
PINGS = bytes((0x89, 0x81)) + MASK + b"z"
EMPTY_FRAGMENT = bytes((0x00, 0x80)) + MASK
FIRST_FRAGMENT = bytes((0x02, 0x81)) + MASK + b"\0"
BATCH = 1000
LAST = 19
"""Lowest priority (niceness) of a process."""
SLOW_PAUSE = 0.5
"""Seconds between two bytes of a request head that is never finished."""

_TRUSTING = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
_TRUSTING.check_hostname, _TRUSTING.verify_mode = False, ssl.CERT_NONE


@dataclass(frozen=True)
class FlooderSettings:
    """The settings of a flood; ``kind`` is one of :data:`KINDS`.

    If it ``stands_back``, it has the time of the machine that everybody else leaves.
    """

    kind: str
    url: str
    connections: int
    stands_back: bool = True


async def _bytes(flood: Flood, source: str, data: bytes, opening: bytes = b"") -> None:
    """Send the same bytes over and over, as fast as they are taken, before any hello."""
    peer = await flood.upgraded(source)
    async with peer.stream:
        await peer.stream.send_all(opening)
        while True:
            await peer.stream.send_all(data)
            flood.done += BATCH


async def pongs(flood: Flood, source: str) -> None:
    """Send answers to pings that nobody sent."""
    await _bytes(flood, source, PONGS * BATCH)


async def pings(flood: Flood, source: str) -> None:
    """Send pings and do not read the answers."""
    await _bytes(flood, source, PINGS * BATCH)


async def fragments(flood: Flood, source: str) -> None:
    """Send a message that never ends, in empty fragments."""
    await _bytes(flood, source, EMPTY_FRAGMENT * BATCH, FIRST_FRAGMENT)


async def slow_openings(flood: Flood, source: str) -> None:
    """Send a request head byte by byte, and a new one when the server closes the connection."""
    stream = await flood.connected(source)
    async with stream:
        for byte in itertools.cycle(upgrade(flood.address)[:-2]):
            await stream.send_all(bytes((byte,)))
            flood.done += 1
            await trio.sleep(SLOW_PAUSE)


async def fast_openings(flood: Flood, source: str) -> None:
    """Open connections and close them at once."""
    stream = await flood.connected(source)
    await stream.aclose()
    flood.done += 1


async def tls_handshakes(flood: Flood, source: str) -> None:
    """Make full TLS handshakes, without resumption."""
    stream = trio.SSLStream(await flood.connected(source), _TRUSTING, https_compatible=True)
    try:
        await stream.do_handshake()
        flood.done += 1
    finally:
        await trio.aclose_forcefully(stream)


async def reconnects(flood: Flood, source: str) -> None:
    """Open WebSockets and end them before the hello."""
    peer = await flood.upgraded(source)
    flood.done += 1
    await trio.aclose_forcefully(peer.stream)


async def hellos(flood: Flood, source: str) -> None:
    """Enter with a new key and leave at once."""
    peer = await flood.entered(source)
    flood.done += 1
    await trio.aclose_forcefully(peer.stream)


async def _commands(flood: Flood, source: str, *commands: c.Command, pause: float) -> None:
    async with flood.member(source) as peer:
        for command in itertools.cycle(commands):
            await peer.send_command(command)
            flood.done += 1
            await trio.sleep(pause)


async def permitted_commands(flood: Flood, source: str) -> None:
    """Send commands that everybody may use, as often as one connection may send anything."""
    await _commands(
        flood, source, c.ListPeople(), c.React(reaction="👏"), c.Chat(text="hello"), pause=1 / 140
    )


async def refused_commands(flood: Flood, source: str) -> None:
    """Send a command that listeners may not use, as often as one connection may send anything."""
    await _commands(flood, source, c.Lock(), pause=1 / 140)


async def refused_voice(flood: Flood, source: str) -> None:
    """Send voice from the audience, as fast as it is taken."""
    async with flood.member(source) as peer:
        voice = UplinkFrame(1, FRAME, Flags.NONE, -20, bytes(60), peer.visit)
        frame = client_frame(voice.encode(), MASK)
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
"""Name → function of each kind of flood; the function runs until its connection ends."""


ENDS = (OSError, trio.BrokenResourceError, trio.ClosedResourceError, trio.BusyResourceError)
"""Exceptions that mean that the server has cut the connection."""
MEMBERS = frozenset(("permitted_commands", "refused_commands", "refused_voice"))
"""Floods by people in the room, who are there in the quiet part too."""


async def run(settings: FlooderSettings) -> None:
    """Flood when told to, reconnecting each connection that ends; then report the amount."""
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


def stand_back() -> None:
    """Run at the lowest priority: a real flood comes from other machines and takes no CPU here."""
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, LAST)
        Path("/proc/self/autogroup").write_text(str(LAST))


def main() -> None:
    """Run a flood, and end when standard input ends."""
    settings = FlooderSettings(**json.loads(sys.argv[1]))
    if settings.stands_back:
        stand_back()
    trio.run(run, settings)
    sys.stdin.readline()


if __name__ == "__main__":
    main()
