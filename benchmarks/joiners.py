"""People who come into a room all at once: ``python -m benchmarks.joiners SETTINGS``.

SETTINGS is a JSON object (see :class:`JoinerSettings`). The process says ``ready``, is told
``{"begin": NS, "end": NS}`` (monotonic), brings everybody in evenly between the two, and says
``result`` with how many came in and how long one took. They stay until its standard input ends.
"""

from __future__ import annotations

import json
import queue
import sys
import threading
import time
from dataclasses import dataclass

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from roomcli.errors import RoomcliError
from roomcli.load.crowd import Crowd
from roomcli.load.lean_client import LeanClient
from roomcli.protocol import events as e
from roomcli.protocol.address import Address, parse_address

from .report import quantile, rounded
from .sources import next_source

DOORS = 24
"""Threads that bring people in; each waits for the server most of the time."""
PATIENCE_NS = 30_000_000_000


@dataclass(frozen=True)
class JoinerSettings:
    """The room, and the number of people who come in. ``naive``: they only connect to the peer."""

    url: str
    count: int
    naive: bool = False


class Arrivals:
    """Queue of those who have come in: threads fill it, the loop that serves them empties it."""

    def __init__(self, settings: JoinerSettings, begin: int, end: int) -> None:
        self._address = parse_address(settings.url)
        self._naive = settings.naive
        self._begin = begin
        self._step = (end - begin) / settings.count
        self._numbers = iter(range(settings.count))
        self._next = threading.Lock()
        self.came: queue.SimpleQueue[tuple[LeanClient | None, int]] = queue.SimpleQueue()
        # msgspec learns a message at its first use, and crashes when threads do that together.
        msgspec.msgpack.Decoder(e.ServerMessage)
        for _ in range(min(DOORS, settings.count)):
            threading.Thread(target=self._bring_in, daemon=True).start()

    def _bring_in(self) -> None:
        while True:
            with self._next:
                number = next(self._numbers, None)
            if number is None:
                return
            due = self._begin + int(number * self._step)
            time.sleep(max(0.0, (due - time.monotonic_ns()) / 1e9))
            began = time.monotonic_ns()
            client = _entered(self._address, number, self._naive)
            self.came.put((client, time.monotonic_ns() - began))


def _entered(address: Address, number: int, naive: bool) -> LeanClient | None:
    try:
        client = LeanClient(address, next_source())
        if not naive:
            client.enter(Ed25519PrivateKey.generate(), f"Newcomer {number}")
    except RoomcliError as error:
        print(f"newcomer {number}: {error}", file=sys.stderr)
        return None
    return client


def bring_in(crowd: Crowd, settings: JoinerSettings, begin: int, end: int) -> dict[str, object]:
    """Bring everybody in, and serve those who are already in meanwhile."""
    arrivals = Arrivals(settings, begin, end)
    took: list[float] = []
    failed = 0
    while len(took) + failed < settings.count and time.monotonic_ns() < end + PATIENCE_NS:
        crowd.step(0.005)
        while not arrivals.came.empty():
            client, nanoseconds = arrivals.came.get()
            if client is None:
                failed += 1
                continue
            took.append(nanoseconds / 1e6)
            crowd.serve(client)
    seconds = (time.monotonic_ns() - begin) / 1e9
    return {
        "joined": len(took),
        "failed": settings.count - len(took),
        "seconds": rounded(seconds),
        "join_p50_ms": rounded(quantile(took, 0.5)),
        "join_p99_ms": rounded(quantile(took, 0.99)),
    }


def main() -> None:
    """Bring people in when told to, and stay until standard input ends."""
    settings = JoinerSettings(**json.loads(sys.argv[1]))
    crowd = Crowd()
    _say({"event": "ready"})
    orders = crowd.wait_for_orders()
    if orders is None:
        return
    _say({"event": "result", **bring_in(crowd, settings, **orders)})
    while not crowd.over:
        crowd.step(0.1)


def _say(what: dict[str, object]) -> None:
    print(json.dumps(what), flush=True)


if __name__ == "__main__":
    main()
