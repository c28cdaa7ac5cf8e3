"""Measure what rooms take that span servers, or the workers of one.

``python -m benchmarks.cluster [--speakers 4] [--listeners 200] [--heard 4] [--tls] [--seconds 10]
[--rounds 1] [--server valkey|redis] [--json]``. Linux. One room of two real servers that a real
Valkey or Redis joins, with people at both: how long voice takes within a server, and across.

``python -m benchmarks.cluster --rooms N [--seconds 10] [--server valkey|redis] [--json]``: it
carries one bundle for each room and tick of 20 ms between two processes: one has the speakers of
all rooms, the other their listeners.

``python -m benchmarks.cluster --leases N [--seconds 10] [--server valkey|redis] [--json]``: what it
takes one server, and Valkey, that it has so many rooms in which nothing happens.

``python -m benchmarks.cluster --workers N [--speakers 10] [--listeners 1500] [--heard 4] [--tls]
[--seconds 10] [--rounds 1] [--json]``: one room of a server with so many workers, beside the same
room of one process.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from server.rooms.rules.state import DEFAULT_LIMITS

from . import machine, processes
from .bus_node import ENTRY, TICK, VOICES
from .fanout import MAX_SPEAKERS, delay
from .report import Figures, conclude, parser, publish, require_numbers, require_proc, rounded
from .spread_nodes import NodesSetting, run_nodes
from .spread_room import SpreadSetting, run_spread
from .valkey import KINDS, ValkeyServer, valkey

WARM_UP = 1.0
NODE = "benchmarks.bus_node"


def run_rooms(rooms: int, seconds: float, kind: str) -> dict[str, object]:
    """Let so many rooms talk over one server of this kind."""
    with tempfile.TemporaryDirectory() as name, valkey(kind, Path(name)) as server:
        figures = _measured(server, rooms, seconds)
    return {
        "benchmark": "cluster",
        "settings": {
            "rooms": rooms,
            "seconds": seconds,
            "server": kind,
            "voices": VOICES,
            "entry_bytes": ENTRY,
            "tick_ms": TICK * 1000,
        },
        **figures,
        "peers": {},
        "ratio_to": {},
        "machine": machine.description(),
    }


def run_leases(rooms: int, seconds: float, kind: str) -> dict[str, object]:
    """Let one process hold the leases of so many rooms at one server of this kind."""
    with tempfile.TemporaryDirectory() as name, valkey(kind, Path(name)) as server:
        patience = processes.START + 2 * seconds
        with processes.module(NODE, "hold", *_words(server, rooms, seconds)) as holding:
            holding.event("began", patience)
            used = -machine.cpu_seconds(server.process.pid)
            elsewhere = -machine.busy_seconds()
            said = holding.event("ended", patience)
            used += machine.cpu_seconds(server.process.pid)
            elsewhere += machine.busy_seconds() - used - said["cpu_s"]
    room_seconds = rooms * seconds
    return {
        "benchmark": "cluster",
        "settings": {"leases": rooms, "seconds": seconds, "server": kind},
        "owner_us_per_room_second": rounded(said["cpu_s"] / room_seconds * 1e6),
        "valkey_us_per_room_second": rounded(used / room_seconds * 1e6),
        "elsewhere_cpu_share": rounded(elsewhere / seconds),
        "peers": {},
        "ratio_to": {},
        "machine": machine.description(),
    }


def _words(server: ValkeyServer, rooms: int, seconds: float) -> tuple[str, ...]:
    ticks = (round(WARM_UP / TICK), round(seconds / TICK))
    return (str(server.address), str(rooms), *map(str, ticks))


def _measured(server: ValkeyServer, rooms: int, seconds: float) -> Figures:
    words = _words(server, rooms, seconds)
    patience = processes.START + 2 * seconds
    with processes.module(NODE, "hear", *words) as hearing:
        hearing.event("ready", patience)
        with processes.module(NODE, "publish", *words) as publishing:
            publishing.event("began", patience)
            used = -machine.cpu_seconds(server.process.pid)
            elsewhere = -machine.busy_seconds()
            said = publishing.event("ended", patience)
            used += machine.cpu_seconds(server.process.pid)
            elsewhere += machine.busy_seconds()
            heard = hearing.event("ended", patience)
    bundles = said["bundles"]
    elsewhere -= used + said["cpu_s"] + heard["cpu_s"]
    return {
        "bundles_per_s": rounded(bundles / seconds),
        "publisher_us_per_bundle": rounded(said["cpu_s"] / bundles * 1e6),
        "subscriber_us_per_bundle": rounded(heard["cpu_s"] / max(1, heard["bundles"]) * 1e6),
        "valkey_us_per_bundle": rounded(used / bundles * 1e6),
        "valkey_cpu_share": rounded(used / seconds),
        "drop_rate": rounded(1 - heard["voices"] / (bundles * VOICES)),
        "relay_p50_ms": delay(heard["delays"], 0.5),
        "relay_p99_ms": delay(heard["delays"], 0.99),
        "elsewhere_cpu_share": rounded(elsewhere / seconds),
    }


def main() -> int:
    """Run the benchmark and print the result. Returns the exit code."""
    options = parser("What rooms take that span servers, or the workers of one.")
    which = options.add_mutually_exclusive_group()
    which.add_argument("--rooms", type=int, help="rooms that talk all the time, over two servers")
    which.add_argument("--leases", type=int, help="rooms that one server has")
    which.add_argument("--workers", type=int, help="workers of one server, with one room")
    options.add_argument("--seconds", type=float, default=10.0)
    options.add_argument("--server", choices=KINDS, default="valkey", help="what joins the servers")
    options.add_argument("--speakers", type=int, help=f"1 to {MAX_SPEAKERS}")
    options.add_argument("--listeners", type=int)
    options.add_argument(
        "--heard", type=int, default=DEFAULT_LIMITS.heard, help="voices that are heard at once"
    )
    options.add_argument("--tls", action="store_true", help="TLS from the server to everybody")
    options.add_argument("--rounds", type=int, default=1, help="runs of each; medians count")
    given = options.parse_args()
    require_proc(options)
    if given.rooms is not None:
        require_numbers(options, given, "rooms")
        publish(run_rooms(given.rooms, given.seconds, given.server), given.json)
        return 0
    if given.leases is not None:
        require_numbers(options, given, "leases")
        publish(run_leases(given.leases, given.seconds, given.server), given.json)
        return 0
    speakers, listeners = (4, 200) if given.workers is None else (10, 1500)
    given.speakers = speakers if given.speakers is None else given.speakers
    given.listeners = listeners if given.listeners is None else given.listeners
    require_numbers(options, given, "speakers", "listeners", "heard", "rounds")
    if given.speakers > MAX_SPEAKERS:
        options.error(f"--speakers: up to {MAX_SPEAKERS}")
    machine.lift_file_limit()
    room = (given.speakers, given.listeners, given.heard, given.seconds, given.tls)
    if given.workers is None:
        if min(given.speakers, given.listeners) < 2:
            options.error("--speakers and --listeners from 2: there are two servers")
        result = run_nodes(NodesSetting(*room, given.server), given.rounds)
    else:
        if given.workers < 2:
            options.error("--workers from 2")
        result = run_spread(SpreadSetting(given.workers, *room), given.rounds)
    publish(result, given.json)
    return 0


if __name__ == "__main__":
    conclude(main)
