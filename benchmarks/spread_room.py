"""What one room takes of a server with workers, and of one process: a run of each."""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

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
        urls = [in_room(url, "spread")]
        load = SpreadLoad(stack, urls, setting.speakers, setting.listeners, workers)
        ours = [server.pid, *machine.children(server.pid)]
        everything, parent, all_ours, load_cpu = load.measure(setting.seconds, [[server.pid], ours])
    return load.heard_figures(setting.seconds) | {
        "cpu_us_per_frame": rounded(all_ours * setting.seconds * 1e6 / load.delivered),
        "server_cpu_share": rounded(all_ours),
        "parent_cpu_share": rounded(parent),
        "load_cpu_share": rounded(load_cpu),
        "elsewhere_cpu_share": rounded(max(0.0, everything - all_ours - load_cpu)),
    }


class SpreadLoad:
    """The people of one room, who come to these URLs in turn until the block of ``stack`` ends.

    ``workers`` is how many there are, where it is one URL.
    """

    def __init__(
        self,
        stack: contextlib.ExitStack,
        urls: Sequence[str],
        speakers: int,
        listeners: int,
        workers: int = 1,
    ) -> None:
        self._children = list[processes.Child]()
        self._ready: processes.Said = {}
        for role, count in (("speakers", speakers), ("listeners", listeners)):
            words = (role, str(count), str(workers), *urls)
            started = processes.module("benchmarks.spread_people", *words)
            self._children.append(stack.enter_context(started))
            self._ready |= self._children[-1].event("ready", ENTER_SECONDS)
        self._said: processes.Said = {}
        self._heard: processes.Said = {}

    def measure(self, seconds: float, groups: Sequence[Sequence[int]]) -> list[float]:
        """Let them talk, and return the share of a core that was used meanwhile.

        First by all of the machine, then by each group of processes, in the end by the load.
        """
        begin = time.monotonic() + WARM_UP
        end = begin + seconds
        for child in self._children:
            child.write({"begin": int(begin * 1e9), "end": int(end * 1e9)})
        groups = [*groups, [each.pid for each in self._children]]
        used = [-each for each in _used_at(begin, groups)]
        used = [before + after for before, after in zip(used, _used_at(end, groups), strict=True)]
        self._said = self._children[0].event("result", PATIENCE)
        self._heard = self._children[1].event("result", PATIENCE + seconds)
        return [each / seconds for each in used]

    @property
    def delivered(self) -> int:
        """Voice frames delivered to listeners."""
        return max(1, sum(int(delivered) for _, _, delivered, _, _ in self._heard["heard"]))

    def heard_figures(self, seconds: float) -> Figures:
        """Return what the people heard, by whether speaker and listener were at the same place."""
        ready, heard = self._ready, self._heard
        place_of = {ready["slots"][seat]: place for seat, place in ready["places"].items()}
        within, across = Counter[int](), Counter[int]()
        frames, near_frames, far_frames = Counter[int](), 0, 0
        for place, slot, _, distinct, delays in heard["heard"]:
            is_near = place_of[slot] == place
            (within if is_near else across).update(dict(delays))
            near_frames += distinct * is_near
            far_frames += distinct * (not is_near)
            # What anybody got is due to all at their place: each picks the loudest by itself.
            frames[place] += distinct
        near, far, all_of_it = (_sorted(each) for each in (within, across, within + across))
        listeners, bundles = [count for _, count in ready["listeners"]], sum(heard["bundles"])
        due = sum(frames[place] * count for place, count in ready["listeners"])
        others = len(listeners) - 1
        return {
            "relay_p50_ms": delay(all_of_it, 0.5),
            "relay_p99_ms": delay(all_of_it, 0.99),
            "within_p50_ms": delay(near, 0.5),
            "within_p99_ms": delay(near, 0.99),
            "across_p50_ms": delay(far, 0.5),
            "across_p99_ms": delay(far, 0.99),
            "drop_rate": rounded(1 - self.delivered / due if due else None),
            "across_drop_rate": rounded(
                1 - far_frames / (near_frames * others) if near_frames * others else None
            ),
            "tick_ms": rounded(1000 * seconds * len(listeners) / bundles if bundles else None),
            "fewest_listeners": float(min(listeners)),
            "connections_lost": float(self._said["lost"] + heard["lost"]),
        }


def _sorted(delays: Counter[int]) -> list[list[int]]:
    return [[at, delays[at]] for at in sorted(delays)]


def _used_at(when: float, groups: Sequence[Sequence[int]]) -> list[float]:
    """Read, at the time ``when``, CPU seconds of the machine and of each group of processes."""
    time.sleep(max(0.0, when - time.monotonic()))
    used = [sum(map(machine.cpu_seconds, pids)) for pids in groups]
    return [machine.busy_seconds(), *used]
