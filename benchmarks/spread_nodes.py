"""What one room takes of two servers that a Valkey joins: a run of it."""

from __future__ import annotations

import contextlib
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from . import machine, processes
from .relays import in_room
from .report import Figures, medians, rounded
from .spread_room import SpreadLoad
from .valkey import valkey


@dataclass(frozen=True)
class NodesSetting:
    """The people of the room, the voices heard at once, and what joins the servers."""

    speakers: int
    listeners: int
    heard: int
    seconds: float
    tls: bool
    server: str


def run_nodes(setting: NodesSetting, rounds: int) -> dict[str, object]:
    """Measure ``rounds`` times; return medians of the figures.

    Within is a speaker and a listener at one server, across is each at another.
    """
    figures = medians([_measured(setting) for _ in range(rounds)])
    across, within = figures["across_p99_ms"], figures["within_p99_ms"]
    assert across is not None
    assert within is not None
    return {
        "benchmark": "cluster",
        "settings": {**asdict(setting), "servers": 2, "rounds": rounds},
        **figures,
        "across_more_p99_ms": rounded(across - within),
        "peers": {},
        "ratio_to": {},
        "machine": machine.description(),
    }


def _measured(setting: NodesSetting) -> Figures:
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="nodes")))
        joining = stack.enter_context(valkey(setting.server, folder))
        options = ("--heard", str(setting.heard), "--cluster", str(joining.address))
        pids, urls = list[int](), list[str]()
        for name in ("owner", "visited"):
            own = folder / name
            own.mkdir()
            served = processes.server(own, *options, tls=setting.tls)
            server, url = stack.enter_context(served)
            pids.append(server.pid)
            urls.append(in_room(url, "spread"))
        before = list(map(machine.rss_kib, pids))
        load = SpreadLoad(stack, urls, setting.speakers, setting.listeners)
        grown = [machine.rss_kib(pid) - kib for pid, kib in zip(pids, before, strict=True)]
        groups = [[pid] for pid in (*pids, joining.process.pid)]
        everything, owner, visited, between, load_cpu = load.measure(setting.seconds, groups)
    elsewhere = everything - owner - visited - between - load_cpu
    ours = (owner + visited) * setting.seconds
    # Both have as many people; of those at the other one the owner has something too.
    visitors = setting.listeners / 2
    return load.heard_figures(setting.seconds) | {
        "cpu_us_per_frame": rounded(ours * 1e6 / load.delivered),
        "owner_us_per_visitor_second": rounded((owner - visited) / visitors * 1e6),
        "owner_kib_per_visitor": rounded((grown[0] - grown[1]) / visitors),
        "owner_cpu_share": rounded(owner),
        "visited_cpu_share": rounded(visited),
        "valkey_cpu_share": rounded(between),
        "load_cpu_share": rounded(load_cpu),
        "elsewhere_cpu_share": rounded(max(0.0, elsewhere)),
    }
