"""Measure what control costs as a room grows: a join beside few and many, and a storm of joins.

``python -m benchmarks.control --listeners 2000 [--tls] [--json]``. Linux. The server is a real one;
clients run in processes of their own. First people come in, one after the other, into a silent room
with 100 listeners, then into one with ``--listeners``, then connect to a bare relay, which keeps no
room. Then 1,000 come within 5 s into a room where ten talk, and what the people already there miss
is counted.
"""

from __future__ import annotations

import contextlib
import json
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from . import machine, processes
from .fanout import delay
from .processes import Child, LineProcess
from .relays import ROOMCLI, TRIO_WEBSOCKET, RelaySetting, in_room, people
from .report import Figures, conclude, medians, parser, publish, ratios, require_proc, rounded

FEW = 100
JOINS = 300
STORM_JOINS = 1000
SECONDS = 5.0
STORM_SPEAKERS = 10
STORM_LISTENERS = 100
REST = 1.5
PATIENCE = 300.0


@dataclass(frozen=True)
class ControlSetting:
    """The number of listeners in the big and the small room, who come in, and TLS or not."""

    listeners: int
    few: int = FEW
    joins: int = JOINS
    storm_joins: int = STORM_JOINS
    seconds: float = SECONDS
    tls: bool = False

    @property
    def rest(self) -> float:
        """Seconds to wait until the news of earlier arrivals has been delivered."""
        return min(REST, self.seconds)


def joining(setting: ControlSetting, listeners: int, *, naive: bool = False) -> Figures:
    """Measure the cost of a join beside ``listeners`` people, beyond what these cost alone."""
    with contextlib.ExitStack() as stack:
        server, url = stack.enter_context(_server(stack, naive, setting.tls))
        client = "bare" if naive else "roomcli"
        host = stack.enter_context(people("speakers", url, 1, client))
        host.event("ready", PATIENCE)
        crowd = stack.enter_context(people("listeners", url, listeners, client))
        crowd.event("ready", PATIENCE)
        newcomers = stack.enter_context(_newcomers(url=url, count=setting.joins, naive=naive))
        newcomers.event("ready", PATIENCE)
        time.sleep(setting.rest)
        alone = _used(server, setting.seconds)
        begin = time.monotonic()
        before = machine.cpu_seconds(server.pid)
        _tell(newcomers, begin, begin + setting.seconds)
        came = newcomers.event("result", PATIENCE)
        elapsed = time.monotonic() - begin
        used = machine.cpu_seconds(server.pid) - before
    joined = int(came["joined"])
    extra = used - alone * elapsed
    return {
        "cpu_us_per_join": rounded(extra * 1e6 / joined if joined else None),
        "join_p50_ms": came["join_p50_ms"],
        "join_p99_ms": came["join_p99_ms"],
        "joins_failed": float(came["failed"]),
        "server_cpu_share_alone": rounded(alone),
    }


def storm(setting: ControlSetting) -> Figures:
    """Let many people come at once while ten talk, and measure what those already there miss."""
    with contextlib.ExitStack() as stack:
        server, url = stack.enter_context(_server(stack, False, setting.tls))
        speakers = stack.enter_context(people("speakers", url, STORM_SPEAKERS, "roomcli"))
        speakers.event("ready", PATIENCE)
        there = stack.enter_context(people("listeners", url, STORM_LISTENERS, "roomcli"))
        there.event("ready", PATIENCE)
        newcomers = stack.enter_context(_newcomers(url=url, count=setting.storm_joins))
        newcomers.event("ready", PATIENCE)
        begin = time.monotonic() + setting.rest
        end = begin + setting.seconds
        for child in (speakers, there):
            _tell(child, begin, end + setting.rest)
        _tell(newcomers, begin, end)
        time.sleep(max(0.0, begin - time.monotonic()))
        pids = (server.pid, newcomers.pid)
        before, began = list(map(machine.cpu_seconds, pids)), time.monotonic()
        came = newcomers.event("result", PATIENCE)
        took = time.monotonic() - began
        used, load = (
            (machine.cpu_seconds(pid) - then) / took for pid, then in zip(pids, before, strict=True)
        )
        speakers.event("result", PATIENCE)
        heard = there.event("result", PATIENCE)
    due = int(heard["distinct"]) * STORM_LISTENERS
    return {
        "drop_rate": rounded(1 - heard["delivered"] / due if due else None),
        "frames_missed": float(due - heard["delivered"]),
        "connections_lost": float(heard["lost"]),
        "relay_p50_ms": delay(heard["delays"], 0.50),
        "relay_p99_ms": delay(heard["delays"], 0.99),
        "server_cpu_share": rounded(used),
        "newcomers_cpu_share": rounded(load),
        "joined": float(came["joined"]),
        "joins_failed": float(came["failed"]),
        "seconds": came["seconds"],
        "join_p50_ms": came["join_p50_ms"],
        "join_p99_ms": came["join_p99_ms"],
    }


def run(setting: ControlSetting, rounds: int) -> dict[str, object]:
    """Measure few, many and the peer in turn, then the storm, ``rounds`` times; return medians."""
    few, many, peer, storms = [], [], [], []
    for _ in range(rounds):
        few.append(joining(setting, setting.few))
        many.append(joining(setting, setting.listeners))
        peer.append(joining(setting, setting.few, naive=True))
        storms.append(storm(setting))
    figures, beside_few, naive = medians(many), medians(few), medians(peer)
    return {
        "benchmark": "control",
        "settings": {
            "listeners": setting.listeners,
            "few": setting.few,
            "joins": setting.joins,
            "seconds": setting.seconds,
            "tls": setting.tls,
            "rounds": rounds,
            "storm": {
                "joins": setting.storm_joins,
                "speakers": STORM_SPEAKERS,
                "listeners": STORM_LISTENERS,
            },
        },
        **figures,
        "storm": medians(storms),
        "peers": {"beside_few": beside_few, "trio_websocket": naive},
        "ratio_to": {
            "beside_few": _compared(figures, beside_few),
            "trio_websocket": _compared(figures, naive),
        },
        "machine": machine.description(),
    }


def _compared(ours: Figures, theirs: Figures) -> Figures:
    return ratios({"cpu_us_per_join": ours["cpu_us_per_join"]}, theirs)


@contextlib.contextmanager
def _server(
    stack: contextlib.ExitStack, naive: bool, tls: bool
) -> Iterator[tuple[LineProcess, str]]:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="control")))
    relay = TRIO_WEBSOCKET if naive else ROOMCLI
    with relay.serve(RelaySetting(folder, voices=1, tls=tls)) as (server, url):
        yield server, in_room(url, "control")


@contextlib.contextmanager
def _newcomers(**settings: object) -> Iterator[Child]:
    with processes.module("benchmarks.joiners", json.dumps(settings)) as child:
        yield child


def _tell(child: Child, begin: float, end: float) -> None:
    child.write({"begin": int(begin * 1e9), "end": int(end * 1e9)})


def _used(server: LineProcess, seconds: float) -> float:
    """Return the share of a core that the server uses while nobody comes."""
    before, began = machine.cpu_seconds(server.pid), time.monotonic()
    time.sleep(seconds)
    return (machine.cpu_seconds(server.pid) - before) / (time.monotonic() - began)


def main() -> int:
    """Run the benchmark and print the result. Returns the exit code."""
    options = parser("Cost of a join in a small and in a big room, and a storm of joins.")
    options.add_argument("--listeners", type=int, default=2000)
    options.add_argument("--few", type=int, default=FEW, help="listeners in the small room")
    options.add_argument("--joins", type=int, default=JOINS)
    options.add_argument("--storm-joins", type=int, default=STORM_JOINS)
    options.add_argument(
        "--seconds", type=float, default=SECONDS, help="in which they come, both times"
    )
    options.add_argument("--rounds", type=int, default=1, help="runs of each; medians count")
    options.add_argument("--tls", action="store_true", help="TLS from the server to everybody")
    given = options.parse_args()
    require_proc(options)
    if min(given.listeners, given.few, given.joins, given.storm_joins, given.rounds) < 1:
        options.error("everything from 1")
    machine.lift_file_limit()
    setting = ControlSetting(
        given.listeners, given.few, given.joins, given.storm_joins, given.seconds, given.tls
    )
    publish(run(setting, given.rounds), given.json)
    return 0


if __name__ == "__main__":
    conclude(main)
