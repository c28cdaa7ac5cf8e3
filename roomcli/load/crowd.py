"""Many lean clients in one loop, and a record of what an audience of them heard."""

from __future__ import annotations

import json
import os
import selectors
import sys
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from socket import socket as Socket
from typing import Protocol

from ..errors import ConnectionLost
from .tally import HeardVoice, Tally, count


class CrowdMember(Protocol):
    """A connection as a crowd serves it."""

    media_time: int
    """Media time of the newest voice received."""
    acknowledged: int
    """Media time of the newest voice frame that the server has acknowledged."""
    pause_ns: int
    """Time between two signs of life."""

    @property
    def socket(self) -> Socket:
        """The socket that is read when something has come."""

    def steady(self) -> None:
        """Switch to non-blocking mode."""

    def frames(self) -> list[bytes]:
        """Return the complete messages that have come. Raises ConnectionLost at the end."""

    def note_progress(self, frame: bytes) -> None:
        """Note what a message says of the connection."""

    def tally_of(self, frame: bytes) -> Tally | None:
        """Return a tally of the voice in a message, or None if there is none in it."""

    def speak(self, number: int, level: int, payload: bytes) -> bool:
        """Send the voice frame with this number. Return False if nothing can be sent now."""

    def acknowledge(self, stamp: int) -> bool:
        """Give a sign of life. Return False if nothing can be sent now."""

    def close(self) -> None:
        """Close the connection without a goodbye."""


class Crowd:
    """Serves many connections in one loop and gives each one's signs of life when they are due.

    Orders are read from standard input, or from the file with the number ``orders``.
    """

    def __init__(self, orders: int | None = None) -> None:
        self.clients: list[CrowdMember] = []
        self.lost = 0
        self.orders: list[dict[str, int]] = []
        self.over = False
        self._selector = selectors.DefaultSelector()
        self._acks: deque[tuple[int, CrowdMember]] = deque()
        self._input = b""
        self._order_file = sys.stdin.fileno() if orders is None else orders
        self.read_by(self._order_file, self._read_orders)

    def serve(self, client: CrowdMember) -> None:
        """Add a connection to the ones served."""
        client.steady()
        self.clients.append(client)
        self.read_by(client.socket, partial(self.read_from, client))
        self._acks.append((time.monotonic_ns() + client.pause_ns, client))
        self.read_from(client)

    def read_by(self, source: Socket | int, read: Callable[[], None]) -> None:
        """Call ``read`` whenever something has come by this socket, or to the file so numbered."""
        self._selector.register(source, selectors.EVENT_READ, read)

    def set_pace(self, pause_ns: int) -> None:
        """Let everybody give a sign of life in this interval from now on, spread over it."""
        now, count = time.monotonic_ns(), len(self.clients)
        self._acks.clear()
        for number, client in enumerate(self.clients):
            client.pause_ns = pause_ns
            self._acks.append((now + pause_ns * number // count, client))

    def step(self, patience: float) -> None:
        """Read what has come, waiting ``patience`` seconds at most, and acknowledge when due."""
        for key, _ in self._selector.select(patience):
            key.data()
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
            self._acks.append((max(due + client.pause_ns, now), client))

    def sockets_of(self, client: CrowdMember) -> tuple[Socket, ...]:
        """Return the sockets of a client that are read here."""
        return (client.socket,)

    def read_from(self, client: CrowdMember) -> None:
        """Read the frames that a client has received."""
        try:
            frames = client.frames()
        except ConnectionLost:
            self._drop(client)
            return
        for frame in frames:
            self.take_in(client, frame)

    @property
    def pids(self) -> list[int]:
        """The other processes that work for it."""
        return []

    def count_heard(self, begin: int, end: int, until: int) -> dict[str, object]:
        """Serve ``until`` then; return what was heard of what was sent from begin to end."""
        self.serve_until(until)
        return {"lost": self.lost}

    def take_in(self, client: CrowdMember, frame: bytes) -> None:
        """Take in one message that a client received."""
        client.note_progress(frame)

    def serve_until(self, when: int) -> None:
        """Serve until a monotonic time in ns, or until the benchmark is over."""
        while not self.over and (left := when - time.monotonic_ns()) > 0:
            self.step(min(left / 1e9, 0.1))

    def wait_for_orders(self) -> dict[str, int] | None:
        """Serve until the benchmark says when to measure, or return None when it is over."""
        while not self.over and not self.orders:
            self.step(0.1)
        return None if self.over else self.orders.pop(0)

    def _read_orders(self) -> None:
        data = os.read(self._order_file, 4096)
        self.over = self.over or not data
        self._input += data
        *lines, self._input = self._input.split(b"\n")
        self.orders += map(json.loads, lines)

    def _drop(self, client: CrowdMember) -> None:
        self.lost += 1
        for each in self.sockets_of(client):
            self._selector.unregister(each)
        client.close()


class Listeners(Crowd):
    """An audience that records when each message came.

    All listeners get the same bytes, so that each message is decoded once.
    """

    def __init__(self) -> None:
        super().__init__()
        self._tallies: dict[bytes, Tally] = {}

    def take_in(self, client: CrowdMember, frame: bytes) -> None:
        tally = self._tallies.get(frame)
        if tally is None:
            if (tally := client.tally_of(frame)) is None:
                return
            self._tallies[frame] = tally
        tally.arrivals.append(time.monotonic_ns())
        client.media_time = tally.media_time

    def count_heard(self, begin: int, end: int, until: int) -> dict[str, object]:
        super().count_heard(begin, end, until)
        heard = count(self._tallies.values(), begin, end)
        # What was sent before is counted for good: an order follows the other without a pause.
        self._tallies = {
            frame: tally
            for frame, tally in self._tallies.items()
            if any(stamp >= end for stamp in tally.stamps)
        }
        return result(heard, len(self.clients), self.lost)


def result(checked: HeardVoice, listeners: int, lost: int) -> dict[str, object]:
    """Return what was heard as the load process says it, if all ``listeners`` were checked."""
    return {
        "delivered": checked.delivered,
        "bytes": checked.size,
        "bundles": checked.bundles,
        "lost": lost,
        "delays": checked.delays,
        "distinct": checked.distinct,
        "checked": checked.delivered,
        "checked_listeners": listeners,
    }
