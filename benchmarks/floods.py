"""Measure how much a flood delays those who talk.

``python -m benchmarks.floods [--kinds pongs hellos] [--connections 150] [--across] [--json]``.
Linux. Each kind of flood (``benchmarks.flooder``) meets a fresh server with a room in which one
person talks to a few. The relay's delay is measured while it is quiet, which is the peer, and then
under the flood, which comes from as many addresses as it has connections; with ``--across`` it
comes by way of another server of a cluster.
"""

from __future__ import annotations

import contextlib
import json
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import machine, processes
from .fanout import delay
from .flooder import KINDS
from .processes import Child
from .report import Figures, conclude, medians, parser, publish, ratios, require_proc, rounded
from .valkey import valkey

LISTENERS = 10
WARM_UP = 1.0
"""Seconds between the start of the flood and the start of the measurement."""
ALLOWED_RATIO, ALLOWED_MS = 2.0, 20.0
"""Limits for the relay's p99 in a flood: a factor on the quiet value, plus milliseconds."""
PATIENCE = 60.0


@dataclass(frozen=True)
class FloodSetting:
    """The number of hostile connections, and the seconds for which each part is measured."""

    connections: int
    seconds: float
    across: bool = False
    """Whether the flood goes to another server of a cluster than the room's owner."""
    stands_back: bool = True
    """Whether the flood takes only the time that everybody else leaves."""


def measured(setting: FloodSetting, kind: str) -> tuple[Figures, Figures]:
    """Measure the relay's figures in quiet, and under a flood of this kind."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="floods")))
        tls = kind == "tls_handshakes"
        options: tuple[str, ...] = ()
        if setting.across:
            joining = stack.enter_context(valkey("valkey", folder))
            options = ("--cluster", str(joining.address))
        server, url = stack.enter_context(processes.server(folder, *options, tls=tls))
        url = flooded = _in_room(url)
        if setting.across:
            (folder / "other").mkdir()
            other = processes.server(folder / "other", *options, tls=tls)
            flooded = _in_room(stack.enter_context(other)[1])
        speaker = stack.enter_context(_started("load", role="speakers", url=url, count=1))
        listeners = stack.enter_context(
            _started("load", role="listeners", url=url, count=LISTENERS)
        )
        flooder = stack.enter_context(
            _started(
                "flooder",
                kind=kind,
                url=flooded,
                connections=setting.connections,
                stands_back=setting.stands_back,
            )
        )
        quiet_at = time.monotonic() + WARM_UP
        flood_at = quiet_at + setting.seconds
        begin = flood_at + WARM_UP
        end = begin + setting.seconds
        flooder.write(window(flood_at, end + 0.2))
        speaker.write(window(quiet_at, end))
        listeners.write(window(quiet_at, flood_at))
        listeners.write(window(begin, end))
        time.sleep(max(0.0, begin - time.monotonic()))
        before = machine.cpu_seconds(server.pid)
        time.sleep(max(0.0, end - time.monotonic()))
        used = machine.cpu_seconds(server.pid) - before
        speaker.event("result", PATIENCE)
        in_quiet = listeners.event("result", PATIENCE)
        in_flood = listeners.event("result", PATIENCE)
        did = flooder.event("result", PATIENCE)
    quiet = delay_figures(in_quiet)
    return quiet, {
        **delay_figures(in_flood),
        "connections_lost": float(in_flood["lost"]),
        "server_cpu_share": rounded(used / setting.seconds),
        "flood_done_per_s": rounded(did["done"] / (setting.seconds + WARM_UP)),
        "flood_connections": float(did["connections"]),
        "allowed_p99_ms": rounded(_allowed(quiet)),
    }


def delay_figures(heard: dict[str, Any]) -> Figures:
    """Return how long voice took, of what listeners heard."""
    return {
        "relay_p50_ms": delay(heard["delays"], 0.50),
        "relay_p99_ms": delay(heard["delays"], 0.99),
        "delivered": float(heard["delivered"]),
    }


def window(begin: float, end: float) -> dict[str, object]:
    """Return the orders to measure between these moments, in seconds of the monotonic clock."""
    return {"begin": int(begin * 1e9), "end": int(end * 1e9)}


@contextlib.contextmanager
def _started(name: str, **settings: object) -> Iterator[Child]:
    with processes.module(f"benchmarks.{name}", json.dumps(settings)) as child:
        child.event("ready", PATIENCE)
        yield child


def _allowed(quiet: Figures) -> float:
    return ALLOWED_RATIO * (quiet["relay_p99_ms"] or 0.0) + ALLOWED_MS


def run(setting: FloodSetting, kinds: list[str], rounds: int) -> dict[str, object]:
    """Measure each kind of flood in turn, ``rounds`` times; return the median of each figure."""
    floods: dict[str, object] = {}
    quiets: dict[str, Figures] = {}
    held = True
    for kind in kinds:
        both = [measured(setting, kind) for _ in range(rounds)]
        quiet, flooded = medians([each[0] for each in both]), medians([each[1] for each in both])
        floods[kind], quiets[kind] = flooded, quiet
        p99 = flooded["relay_p99_ms"]
        held = held and p99 is not None and p99 <= _allowed(quiet)
    return {
        "benchmark": "floods",
        "settings": {
            "connections": setting.connections,
            "seconds": setting.seconds,
            "across": setting.across,
            "listeners": LISTENERS,
            "rounds": rounds,
        },
        "floods": floods,
        "held": held,
        "peers": {"quiet": quiets},
        "ratio_to": {
            "quiet": {
                kind: ratios(
                    {"relay_p99_ms": figures["relay_p99_ms"]},
                    quiets[kind],
                )
                for kind, figures in floods.items()
                if isinstance(figures, dict)
            }
        },
        "machine": machine.description(),
    }


def _in_room(url: str) -> str:
    address, hash_, fragment = url.partition("#")
    return f"{address}/r/floods{hash_}{fragment}"


def main() -> int:
    """Run the benchmark and print the result. Returns 1 if a flood cost more than it may."""
    options = parser("Delay of the relay under floods, beside the same room in quiet.")
    options.add_argument("--kinds", nargs="+", choices=list(KINDS), default=list(KINDS))
    options.add_argument("--connections", type=int, default=150)
    options.add_argument("--seconds", type=float, default=4.0, help="for each part")
    options.add_argument(
        "--across",
        action="store_true",
        help="by way of another server of a cluster than the room's",
    )
    options.add_argument("--rounds", type=int, default=1, help="runs of each; medians count")
    given = options.parse_args()
    require_proc(options)
    if min(given.connections, given.rounds) < 1 or not 0 < given.seconds <= 600:
        options.error("--connections and --rounds from 1, --seconds up to 600")
    machine.lift_file_limit()
    result = run(
        FloodSetting(given.connections, given.seconds, given.across), given.kinds, given.rounds
    )
    publish(result, given.json)
    return 0 if result["held"] else 1


if __name__ == "__main__":
    conclude(main)
