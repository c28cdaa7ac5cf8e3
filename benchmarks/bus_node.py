"""The processes of benchmarks.cluster: ``publish`` has all speakers, ``hear`` all listeners.

Each says when it is ready, and in the end what it counted, as JSON lines.
"""

from __future__ import annotations

import argparse
import json
import struct
import time

import trio

from roomcli.load.tally import BUCKET_NS
from server.cluster.address import read_addresses
from server.cluster.media_bus import MediaBus

TICK = 0.02
BUNDLE = 400
"""Bytes of a bundle: four voices of 80 to 100 bytes each."""
WARMING, MEASURED, OVER = range(3)
"""What a bundle says of itself, before the time at which it was published."""
_HEAD = struct.Struct("!Bq")
_FILLING = bytes(BUNDLE - _HEAD.size)


class BusNode:
    """What a node of a cluster does with voice, and what that takes."""

    def __init__(self, rooms: int) -> None:
        self.rooms = [f"room-{number}" for number in range(rooms)]
        self.heard = 0
        self.delays: dict[int, int] = {}
        self.began: float | None = None
        self.over = trio.Event()
        self.joined = trio.Event()
        self._phase = WARMING

    def hear_bundle(self, room: str, bundle: bytes) -> None:
        """Count a bundle, and how long it took."""
        phase, sent = _HEAD.unpack_from(bundle)
        if phase == MEASURED:
            if self.began is None:
                self.began = time.process_time()
            self.heard += 1
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


async def publish(node: BusNode, bus: MediaBus, warm_up: int, ticks: int) -> None:
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
        bundle = _HEAD.pack(phase, time.monotonic_ns()) + _FILLING
        for room in node.rooms:
            bus.publish(room, bundle)
        published += phase == MEASURED
    await trio.sleep(TICK)
    told = {"event": "ended", "bundles": published * len(node.rooms)}
    cpu = time.process_time() - cpu
    print(json.dumps(told | {"cpu_s": cpu, "dropped": bus.traffic.dropped}), flush=True)
    bus.publish(node.rooms[0], _HEAD.pack(OVER, 0))
    await trio.sleep(TICK)


async def hear(node: BusNode, bus: MediaBus, warm_up: int, ticks: int) -> None:
    """Hear all rooms until the publisher says that it is over."""
    for room in node.rooms:
        bus.subscribe(room)
    await node.joined.wait()
    print(json.dumps({"event": "ready"}), flush=True)
    await node.over.wait()
    cpu = time.process_time() - (node.began or 0.0)
    told = {"event": "ended", "bundles": node.heard, "cpu_s": cpu}
    print(json.dumps(told | {"delays": sorted(node.delays.items())}), flush=True)


async def run(job: str, url: str, rooms: int, warm_up: int, ticks: int) -> None:
    """Do one of the two jobs until it is done."""
    node = BusNode(rooms)
    bus = MediaBus(read_addresses(url, is_private=False), node)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(bus.run)
        await (publish if job == "publish" else hear)(node, bus, warm_up, ticks)
        nursery.cancel_scope.cancel()


def main() -> None:
    """Read what to do from the words after the module's name."""
    options = argparse.ArgumentParser()
    options.add_argument("job", choices=("publish", "hear"))
    options.add_argument("url")
    for name in ("rooms", "warm_up", "ticks"):
        options.add_argument(name, type=int)
    given = options.parse_args()
    trio.run(run, given.job, given.url, given.rooms, given.warm_up, given.ticks)


if __name__ == "__main__":
    main()
