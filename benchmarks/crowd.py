"""Many lean clients in one loop, and a record of what an audience of them heard."""

from __future__ import annotations

import json
import os
import selectors
import sys
import time
from array import array
from collections import deque
from dataclasses import dataclass, field

import numpy as np

from roomcli.errors import ConnectionLost
from roomcli.protocol.audio import KIND_ACK, KIND_AUDIO, decode_bundle

from .lean_client import LeanClient, kind_and_time, payload_of

ACK_NS = 500_000_000
BUCKET_NS = 10_000
"""Size of a bucket in which delays are counted: 10 µs; there are buckets up to two seconds."""
BUCKETS = 200_000
STAMP_BYTES = 8
"""Bytes at the start of a payload that say when it was sent, in ns of the monotonic clock."""


@dataclass
class Tally:
    """One bundle: when its frames were sent, and when each listener got it."""

    media_time: int
    size: int
    stamps: list[int]
    slots: list[int]
    arrivals: array[int] = field(default_factory=lambda: array("q"))


class Crowd:
    """Serves many connections in one loop and sends acknowledgements for each twice a second."""

    def __init__(self) -> None:
        self.clients: list[LeanClient] = []
        self.lost = 0
        self.orders: list[dict[str, int]] = []
        self.over = False
        self._selector = selectors.DefaultSelector()
        self._acks: deque[tuple[int, LeanClient]] = deque()
        self._input = b""
        self._selector.register(sys.stdin.fileno(), selectors.EVENT_READ, None)

    def serve(self, client: LeanClient) -> None:
        """Add a connection to the ones served."""
        client.steady()
        self.clients.append(client)
        self._selector.register(client.socket, selectors.EVENT_READ, client)
        self._acks.append((time.monotonic_ns() + ACK_NS, client))
        self.read_from(client)

    def step(self, patience: float) -> None:
        """Read what has come, waiting ``patience`` seconds at most, and acknowledge when due."""
        for key, _ in self._selector.select(patience):
            if key.data is None:
                self._read_orders()
            else:
                self.read_from(key.data)
        now = time.monotonic_ns()
        while self._acks and self._acks[0][0] <= now:
            due, client = self._acks.popleft()
            if client.socket.fileno() < 0:
                continue
            try:
                client.acknowledge(now // 1000)
            except ConnectionLost:
                self._drop(client)
                continue
            # The next one counts from when this one was due, or all would end up at the same time.
            self._acks.append((max(due + ACK_NS, now), client))

    def read_from(self, client: LeanClient) -> None:
        """Read the frames that a client has received."""
        try:
            frames = client.frames()
        except ConnectionLost:
            self._drop(client)
            return
        for frame in frames:
            self.heard(client, frame)

    def heard(self, client: LeanClient, frame: bytes) -> None:
        """Take in one WebSocket frame that a client received."""
        kind, media_time = kind_and_time(frame)
        if kind == KIND_AUDIO:
            client.media_time = media_time
        elif kind == KIND_ACK:
            client.acknowledged = media_time

    def serve_until(self, when: int) -> None:
        """Serve until a monotonic time in ns, or until the benchmark is over."""
        while not self.over and (left := when - time.monotonic_ns()) > 0:
            self.step(min(left / 1e9, 0.1))

    def wait_for_orders(self) -> dict[str, int] | None:
        """Serve until the benchmark says when to measure, or return None when it is over."""
        while not self.over and not self.orders:
            self.step(0.1)
        return self.orders.pop(0) if self.orders else None

    def _read_orders(self) -> None:
        data = os.read(sys.stdin.fileno(), 4096)
        self.over = self.over or not data
        self._input += data
        *lines, self._input = self._input.split(b"\n")
        self.orders += map(json.loads, lines)

    def _drop(self, client: LeanClient) -> None:
        self.lost += 1
        self._selector.unregister(client.socket)
        client.close()


class Listeners(Crowd):
    """An audience that records when each bundle came.

    All listeners get the same bytes, so that each bundle is decoded once.
    """

    def __init__(self) -> None:
        super().__init__()
        self._tallies: dict[bytes, Tally] = {}

    def heard(self, client: LeanClient, frame: bytes) -> None:
        tally = self._tallies.get(frame)
        if tally is None:
            if kind_and_time(frame)[0] != KIND_AUDIO:
                return
            tally = self._tallies[frame] = _tally_of(frame)
        tally.arrivals.append(time.monotonic_ns())
        client.media_time = tally.media_time

    def result(self, begin: int, end: int) -> dict[str, object]:
        """Return what was heard of the frames that were sent between ``begin`` and ``end``."""
        buckets = np.zeros(BUCKETS, dtype=np.int64)
        delivered = size = 0
        distinct: set[tuple[int, int]] = set()
        for tally in self._tallies.values():
            counted = [
                (slot, stamp)
                for slot, stamp in zip(tally.slots, tally.stamps, strict=True)
                if begin <= stamp < end
            ]
            if not counted:
                continue
            arrivals = np.frombuffer(tally.arrivals, dtype=np.int64)
            size += tally.size * len(arrivals)
            distinct.update(counted)
            for _, stamp in counted:
                delivered += len(arrivals)
                late = np.clip((arrivals - stamp) // BUCKET_NS, 0, BUCKETS - 1)
                buckets += np.bincount(late, minlength=BUCKETS)
        delays = [[int(at), int(buckets[at])] for at in np.nonzero(buckets)[0]]
        return {
            "delivered": delivered,
            "distinct": len(distinct),
            "bytes": size,
            "lost": self.lost,
            "delays": delays,
        }


def _tally_of(frame: bytes) -> Tally:
    bundle = decode_bundle(payload_of(frame))
    stamps = [int.from_bytes(entry.payload[:STAMP_BYTES]) for entry in bundle.entries]
    slots = [entry.slot for entry in bundle.entries]
    return Tally(bundle.media_time, len(frame), stamps, slots)
