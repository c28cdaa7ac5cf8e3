"""Measure how much memory a listener takes in the server who does nothing but listen.

``python -m benchmarks.memory --listeners 2000 [--json]``. Linux. The server is a real one with a
room in which nobody talks and some are already; then the listeners come in, and the growth of the
server's resident memory is divided by their number once all have given signs of life: first without
TLS, then with. The peer is a bare handler of trio-websocket, which only reads.
"""

from __future__ import annotations

import contextlib
import tempfile
import time
from pathlib import Path

from roomcli.wire.heartbeat import INTERVAL

from . import machine
from .relays import ROOMCLI, TRIO_WEBSOCKET, Relay, RelaySetting, in_room, people
from .report import Figures, conclude, medians, parser, publish, ratios, require_proc, rounded

ALREADY = 100
"""Listeners who are there before: with the first ones much is loaded that all others share."""
SETTLE = 4 * INTERVAL
"""Seconds in which everybody gives signs of life, and the news of arrivals is delivered."""
ENTER_SECONDS = 300.0
PLAIN, TLS = "rss_kib_per_listener", "tls_rss_kib_per_listener"


def growth(relay: Relay, listeners: int, *, tls: bool) -> float:
    """Return by how many KiB the server grows for each listener."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="memory")))
        server, url = stack.enter_context(relay.serve(RelaySetting(folder, voices=1, tls=tls)))
        room = in_room(url, "memory")
        for role, count in (("speakers", 1), ("listeners", ALREADY)):
            there = stack.enter_context(people(role, room, count, relay.client))
            there.event("ready", ENTER_SECONDS)
        time.sleep(SETTLE)
        before = machine.rss_kib(server.pid)
        crowd = stack.enter_context(people("listeners", room, listeners, relay.client))
        crowd.event("ready", ENTER_SECONDS)
        time.sleep(SETTLE)
        return (machine.rss_kib(server.pid) - before) / listeners


def measured(relay: Relay, listeners: int) -> Figures:
    """Measure without TLS and with."""
    return {
        PLAIN: rounded(growth(relay, listeners, tls=False)),
        TLS: rounded(growth(relay, listeners, tls=True)),
    }


def run(listeners: int, rounds: int) -> dict[str, object]:
    """Measure our server and the peer in turn, ``rounds`` times; return medians of the figures."""
    ours, theirs = list[Figures](), list[Figures]()
    for _ in range(rounds):
        ours.append(measured(ROOMCLI, listeners))
        theirs.append(measured(TRIO_WEBSOCKET, listeners))
    figures, peer = medians(ours), medians(theirs)
    return {
        "benchmark": "memory",
        "settings": {"listeners": listeners, "already": ALREADY, "rounds": rounds},
        **figures,
        "peers": {TRIO_WEBSOCKET.field: peer},
        "ratio_to": {TRIO_WEBSOCKET.field: ratios(figures, peer)},
        "machine": machine.description(),
    }


def main() -> int:
    """Run the benchmark and print the result. Returns the exit code."""
    options = parser("Memory of the server for each listener who only listens.")
    options.add_argument("--listeners", type=int, default=2000)
    options.add_argument("--rounds", type=int, default=1, help="runs of each; medians count")
    given = options.parse_args()
    require_proc(options)
    if min(given.listeners, given.rounds) < 1:
        options.error("--listeners and --rounds from 1")
    machine.lift_file_limit()
    publish(run(given.listeners, given.rounds), given.json)
    return 0


if __name__ == "__main__":
    conclude(main)
