"""Measure what an audience costs the server while nobody talks.

``python -m benchmarks.idle --listeners 2000 --seconds 20 [--tls] [--json]``. Linux. The server is a
real one, with one person on stage who is silent; the listeners, in a process of their own, give the
signs of life that the protocol wants. The peer is a bare relay on trio-websocket that reads the
same and answers nothing.
"""

from __future__ import annotations

import contextlib
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from roomcli.wire.heartbeat import ack_interval

from . import machine
from .relays import ROOMCLI, TRIO_WEBSOCKET, Relay, RelaySetting, in_room, people
from .report import (
    Figures,
    conclude,
    medians,
    parser,
    publish,
    ratios,
    require_numbers,
    require_proc,
    rounded,
)

SETTLE = 3.0
"""Seconds until the news of the last arrival has been delivered."""
ENTER_SECONDS = 300.0


@dataclass(frozen=True)
class IdleSetting:
    """The number of listeners, the seconds to measure, and whether TLS is used."""

    listeners: int
    seconds: float
    tls: bool

    @property
    def ack_interval(self) -> float:
        """Seconds between two acknowledgements of a listener."""
        return ack_interval(self.listeners, on_stage=False)


def measured(setting: IdleSetting, relay: Relay) -> Figures:
    """Measure one run of roomcli, or of the peer."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="idle")))
        served = relay.serve(RelaySetting(folder, voices=1, tls=setting.tls))
        server, url = stack.enter_context(served)
        room = in_room(url, "idle")
        host = stack.enter_context(people("speakers", room, 1, relay.client))
        host.event("ready", ENTER_SECONDS)
        crowd = stack.enter_context(people("listeners", room, setting.listeners, relay.client))
        (pid,) = crowd.event("ready", ENTER_SECONDS)["pids"]
        time.sleep(SETTLE)
        began = _used(server.pid, pid)
        time.sleep(setting.seconds)
        ended = _used(server.pid, pid)
    everything, server_cpu, load_cpu, elapsed = (
        after - before for before, after in zip(began, ended, strict=True)
    )
    signs = elapsed * setting.listeners / setting.ack_interval
    return {
        "server_cpu_share": rounded(server_cpu / elapsed),
        "cpu_us_per_ack": rounded(server_cpu * 1e6 / signs),
        "load_cpu_share": rounded(load_cpu / elapsed),
        "elsewhere_cpu_share": rounded(max(0.0, everything - server_cpu - load_cpu) / elapsed),
    }


def run(setting: IdleSetting, rounds: int) -> dict[str, object]:
    """Measure our server and the peer in turn, ``rounds`` times; return medians of the figures."""
    ours, theirs = list[Figures](), list[Figures]()
    for _ in range(rounds):
        ours.append(measured(setting, ROOMCLI))
        theirs.append(measured(setting, TRIO_WEBSOCKET))
    figures, peer = medians(ours), medians(theirs)
    return {
        "benchmark": "idle",
        "settings": {
            "listeners": setting.listeners,
            "seconds": setting.seconds,
            "tls": setting.tls,
            "rounds": rounds,
            "ack_interval_s": setting.ack_interval,
        },
        **figures,
        "peers": {TRIO_WEBSOCKET.field: peer},
        "ratio_to": {
            TRIO_WEBSOCKET.field: ratios({"server_cpu_share": figures["server_cpu_share"]}, peer)
        },
        "machine": machine.description(),
    }


def _used(*pids: int) -> list[float]:
    """Return CPU seconds of the machine and of these processes, and the time."""
    return [machine.busy_seconds(), *map(machine.cpu_seconds, pids), time.monotonic()]


def main() -> int:
    """Run the benchmark and print the result. Returns the exit code."""
    options = parser("What an audience costs the server while nobody talks.")
    options.add_argument("--listeners", type=int, default=2000)
    options.add_argument("--seconds", type=float, default=20.0)
    options.add_argument("--rounds", type=int, default=1, help="runs of each; medians count")
    options.add_argument("--tls", action="store_true", help="TLS from the server to everybody")
    given = options.parse_args()
    require_proc(options)
    require_numbers(options, given, "listeners", "rounds")
    machine.lift_file_limit()
    publish(run(IdleSetting(given.listeners, given.seconds, given.tls), given.rounds), given.json)
    return 0


if __name__ == "__main__":
    conclude(main)
