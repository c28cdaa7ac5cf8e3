"""What one room takes of a server with workers, and of one process: a run of each."""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import machine, processes
from .fanout import ENTER_SECONDS, WARM_UP, delay
from .relays import in_room
from .report import Figures, medians, ratios, rounded

COMPARED = ("cpu_us_per_frame", "server_cpu_share", "relay_p50_ms", "relay_p99_ms")
PATIENCE = 60.0
"""Seconds until a load has told what it heard, beside those that are measured."""


@dataclass(frozen=True)
class SpreadSetting:
    """The people of the room, the voices heard at once, and the seconds to measure."""

    workers: int
    speakers: int
    listeners: int
    heard: int
    seconds: float
    tls: bool


def run_spread(setting: SpreadSetting, rounds: int) -> dict[str, object]:
    """Measure both in turn, ``rounds`` times; return medians of the figures."""
    ours, alone = list[Figures](), list[Figures]()
    for _ in range(rounds):
        alone.append(_measured(setting, 1))
        ours.append(_measured(setting, setting.workers))
    figures, one = medians(ours), medians(alone)
    compared = ratios({name: figures[name] for name in COMPARED}, one)
    return {
        "benchmark": "cluster",
        "settings": {
            "workers": setting.workers,
            "speakers": setting.speakers,
            "listeners": setting.listeners,
            "heard_at_once": setting.heard,
            "seconds": setting.seconds,
            "tls": setting.tls,
            "rounds": rounds,
        },
        **figures,
        "peers": {"one_process": one},
        "ratio_to": {"one_process": compared},
        "machine": machine.description(),
    }


def _measured(setting: SpreadSetting, workers: int) -> Figures:
    options = ["--heard", str(setting.heard)]
    if workers > 1:
        options += ["--workers", str(workers)]
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="spread")))
        served = processes.server(folder, *options, tls=setting.tls)
        server, url = stack.enter_context(served)
        url = in_room(url, "spread")
        people = "benchmarks.spread_people"
        load = list[processes.Child]()
        ready: processes.Said = {}
        for role, count in (("speakers", setting.speakers), ("listeners", setting.listeners)):
            started = processes.module(people, role, url, str(count))
            load.append(stack.enter_context(started))
            ready |= load[-1].event("ready", ENTER_SECONDS)
        begin = time.monotonic() + WARM_UP
        end = begin + setting.seconds
        for child in load:
            child.write({"begin": int(begin * 1e9), "end": int(end * 1e9)})
        ours = [server.pid, *machine.children(server.pid)]
        groups = [[server.pid], ours, [each.pid for each in load]]
        used = [-each for each in _used_at(begin, groups)]
        used = [before + after for before, after in zip(used, _used_at(end, groups), strict=True)]
        said = load[0].event("result", PATIENCE)
        heard = load[1].event("result", PATIENCE + setting.seconds)
    everything, parent, all_ours, load_cpu = (each / setting.seconds for each in used)
    return _figures(setting.seconds, ready, said, heard) | {
        "cpu_us_per_frame": rounded(all_ours * setting.seconds * 1e6 / _delivered(heard)),
        "server_cpu_share": rounded(all_ours),
        "parent_cpu_share": rounded(parent),
        "load_cpu_share": rounded(load_cpu),
        "elsewhere_cpu_share": rounded(max(0.0, everything - all_ours - load_cpu)),
    }


def _delivered(heard: dict[str, Any]) -> int:
    return max(1, sum(int(delivered) for _, _, delivered, _, _ in heard["heard"]))


def _figures(
    seconds: float, ready: dict[str, Any], said: dict[str, Any], heard: dict[str, Any]
) -> Figures:
    """Return what the people heard, by whether speaker and listener were at the same worker."""
    worker_of = {ready["slots"][seat]: worker for seat, worker in ready["workers"].items()}
    within, across = Counter[int](), Counter[int]()
    frames = Counter[int]()
    for worker, slot, _, distinct, delays in heard["heard"]:
        into = within if worker_of[slot] == worker else across
        into.update(dict(delays))
        # What anybody got is due to all at their worker: each worker picks the loudest by itself.
        frames[worker] += distinct
    near, far, all_of_it = (_sorted(each) for each in (within, across, within + across))
    listeners, bundles = [count for _, count in ready["listeners"]], sum(heard["bundles"])
    due = sum(frames[worker] * count for worker, count in ready["listeners"])
    return {
        "relay_p50_ms": delay(all_of_it, 0.5),
        "relay_p99_ms": delay(all_of_it, 0.99),
        "within_p50_ms": delay(near, 0.5),
        "within_p99_ms": delay(near, 0.99),
        "across_p50_ms": delay(far, 0.5),
        "across_p99_ms": delay(far, 0.99),
        "drop_rate": rounded(1 - _delivered(heard) / due if due else None),
        "tick_ms": rounded(1000 * seconds * len(listeners) / bundles if bundles else None),
        "fewest_listeners": float(min(listeners)),
        "connections_lost": float(said["lost"] + heard["lost"]),
    }


def _sorted(delays: Counter[int]) -> list[list[int]]:
    return [[at, delays[at]] for at in sorted(delays)]


def _used_at(when: float, groups: Sequence[Sequence[int]]) -> list[float]:
    """Read, at the time ``when``, CPU seconds of the machine and of each group of processes."""
    time.sleep(max(0.0, when - time.monotonic()))
    used = [sum(map(machine.cpu_seconds, pids)) for pids in groups]
    return [machine.busy_seconds(), *used]
