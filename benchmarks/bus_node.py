"""The processes of benchmarks.cluster: ``publish`` has all speakers, ``hear`` all listeners.

``hold`` has the leases of all rooms.
Each says when it is ready, and in the end what it counted, as JSON lines. Who publishes ends with
its standard input.
"""

from __future__ import annotations

import argparse
import json
import struct
import sys
import time
from dataclasses import replace
from typing import NoReturn

import trio

from roomcli.load.tally import BUCKET_NS
from roomcli.protocol.audio import BundleEntry, Flags
from server.cluster.address import read_addresses
from server.cluster.client import ValkeyClient
from server.cluster.lease import LEASE_SECONDS, RENEWING_SHARE, RoomLease
from server.cluster.room_tokens import CountedTokens
from server.nodes.voices import NodeVoices, Voices

TICK = 0.02
VOICES = 4
"""Voices of a bundle, as many as are heard at once."""
ENTRY = 90
"""Bytes of a voice's entry in a bundle: 20 ms at 32 kb/s, and its head."""
WARMING, MEASURED, OVER = range(3)
"""What a bundle says of itself, before the time at which it was published."""
_HEAD = struct.Struct("!Bq")
_BEFORE = BundleEntry(0, 0, 0, 0, Flags.NONE, 0, b"")
_BEFORE_SIZE = len(_BEFORE.encode())
_FILLING = bytes(ENTRY - _BEFORE_SIZE - _HEAD.size)
_SEATS = [f"seat-{number:07}" for number in range(VOICES)]


def _entry(phase: int, sent: int) -> bytes:
    """Return a voice's entry that says this in its payload."""
    return replace(_BEFORE, payload=_HEAD.pack(phase, sent) + _FILLING).encode()


class BusNode(NodeVoices):
    """What a server of a cluster does with the voice of its rooms, and what that takes."""

    def __init__(self, url: str, job: str, rooms: int) -> None:
        super().__init__(read_addresses(url, is_private=False), job)
        self.rooms = [f"room-{number}" for number in range(rooms)]
        self.bundles = 0
        self.voices = 0
        self.delays: dict[int, int] = {}
        self.began: float | None = None
        self.over = trio.Event()
        self.joined = trio.Event()
        self._phase = WARMING

    def note_voices(self, node: str, voices: Voices) -> None:
        """Count a bundle, and how long it took."""
        phase, sent = _HEAD.unpack_from(voices[0][1], _BEFORE_SIZE)
        if phase == MEASURED:
            if self.began is None:
                self.began = time.process_time()
            self.bundles += 1
            self.voices += len(voices)
            bucket = (time.monotonic_ns() - sent) // BUCKET_NS
            self.delays[bucket] = self.delays.get(bucket, 0) + 1
        elif phase == OVER:
            self.over.set()

    def cut_off(self, reason: str) -> None:
        """Give up: what is measured is a bus that holds."""
        raise SystemExit(f"cut off: {reason}")

    def bus_joined(self) -> None:
        """Take note that it has begun."""
        self.joined.set()


async def publish(node: BusNode, warm_up: int, ticks: int) -> None:
    """Publish a bundle for each room in each tick."""
    await node.joined.wait()
    print(json.dumps({"event": "ready"}), flush=True)
    began, cpu, published = trio.current_time(), 0.0, 0
    for tick in range(warm_up + ticks):
        await trio.sleep_until(began + tick * TICK)
        if tick == warm_up:
            print(json.dumps({"event": "began"}), flush=True)
            cpu = time.process_time()
        phase = WARMING if tick < warm_up else MEASURED
        entry = _entry(phase, time.monotonic_ns())
        for room in node.rooms:
            for seat in _SEATS:
                node.add_voice(room, seat, entry, TICK)
        published += phase == MEASURED
    await trio.sleep(TICK)
    told = {"event": "ended", "bundles": published * len(node.rooms)}
    cpu = time.process_time() - cpu
    print(json.dumps(told | {"cpu_s": cpu}), flush=True)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_keep_telling_end, node)
        await trio.to_thread.run_sync(sys.stdin.read, abandon_on_cancel=True)
        nursery.cancel_scope.cancel()


async def _keep_telling_end(node: BusNode) -> NoReturn:
    """Say in each tick that it is over: on a busy machine voice comes too late, and is dropped."""
    while True:
        node.add_voice(node.rooms[0], _SEATS[0], _entry(OVER, 0), TICK)
        await trio.sleep(TICK)


async def hear(node: BusNode, warm_up: int, ticks: int) -> None:
    """Hear all rooms until the publisher says that it is over."""
    for room in node.rooms:
        node.carry(room, node.note_voices)
    await node.joined.wait()
    print(json.dumps({"event": "ready"}), flush=True)
    await node.over.wait()
    cpu = time.process_time() - (node.began or 0.0)
    told = {"event": "ended", "bundles": node.bundles, "voices": node.voices, "cpu_s": cpu}
    print(json.dumps(told | {"delays": sorted(node.delays.items())}), flush=True)


async def hold(rooms: int, url: str, seconds: float) -> None:
    """Take the lease of each room, and renew it."""
    [address] = read_addresses(url, is_private=False)
    async with ValkeyClient(address) as client, trio.open_nursery() as nursery:
        for number in range(rooms):
            lease = RoomLease(client, f"room-{number}", "bench")
            await lease.take_over(CountedTokens(client))
            nursery.start_soon(lease.keep_renewing)
        print(json.dumps({"event": "ready"}), flush=True)
        await trio.sleep(LEASE_SECONDS * RENEWING_SHARE)
        print(json.dumps({"event": "began"}), flush=True)
        cpu = time.process_time()
        await trio.sleep(seconds)
        told = {"event": "ended", "cpu_s": time.process_time() - cpu}
        print(json.dumps(told), flush=True)
        nursery.cancel_scope.cancel()


async def run(job: str, url: str, rooms: int, warm_up: int, ticks: int) -> None:
    """Do one of the two jobs until it is done."""
    if job == "hold":
        return await hold(rooms, url, ticks * TICK)
    node = BusNode(url, job, rooms)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(node.run)
        await (publish if job == "publish" else hear)(node, warm_up, ticks)
        nursery.cancel_scope.cancel()


def main() -> None:
    """Read what to do from the words after the module's name."""
    options = argparse.ArgumentParser()
    options.add_argument("job", choices=("publish", "hear", "hold"))
    options.add_argument("url")
    for name in ("rooms", "warm_up", "ticks"):
        options.add_argument(name, type=int)
    given = options.parse_args()
    trio.run(run, given.job, given.url, given.rooms, given.warm_up, given.ticks)


if __name__ == "__main__":
    main()
