"""Measure what one voice frame to one listener costs the server, and how long it takes.

``python -m benchmarks.fanout --speakers 3 --listeners 500 --seconds 10 [--tls] [--json]``. Linux.
The server is a real one; speakers and listeners run in two processes of their own. The same is
measured with the naive relay, with fewer listeners if it cannot keep up, and then with roomcli and
as many listeners as the relay had.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import resource
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from . import machine, processes
from .crowd import BUCKET_NS
from .processes import Child
from .report import Figures, conclude, medians, parser, publish, ratios, rounded

HEARD_AT_ONCE = 4
"""Voices that the server forwards at once (server/rooms/loudest.py), however many talk."""
WARM_UP = 1.5
COMPARED = ("cpu_us_per_frame", "relay_p50_ms", "relay_p99_ms", "rss_kib_per_listener")
PEER_FRAME_US = 60
PEER_SHARE = 0.35
"""Share of a core that the peer may use; the number of its listeners follows from it."""
ENTER_SECONDS = 300.0
MAX_SPEAKERS = 24


@dataclass(frozen=True)
class FanoutSetting:
    """The number of people, the seconds to measure, and whether TLS is used."""

    speakers: int
    listeners: int
    seconds: float
    tls: bool


def measured(setting: FanoutSetting, *, naive: bool) -> Figures:
    """Measure one run of roomcli, or of the naive relay."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fanout")))
        serve = _naive_relay(setting.tls) if naive else processes.server(folder, tls=setting.tls)
        server, url = stack.enter_context(serve)
        url = _in_room(url)
        speakers = stack.enter_context(_load("speakers", url, setting.speakers, naive))
        speakers.event("ready", ENTER_SECONDS)
        rss_before = machine.rss_kib(server.pid)
        listeners = stack.enter_context(_load("listeners", url, setting.listeners, naive))
        listeners.event("ready", ENTER_SECONDS)
        begin = time.monotonic() + WARM_UP
        end = begin + setting.seconds
        for child in (speakers, listeners):
            child.write({"begin": int(begin * 1e9), "end": int(end * 1e9)})
        ours = [server.pid, speakers.pid, listeners.pid]
        at_begin = _used_at(begin, ours)
        at_end = _used_at(end, ours)
        rss_after = machine.rss_kib(server.pid)
        said = speakers.event("result", 30.0)
        heard = listeners.event("result", 60.0 + setting.seconds)
    used = [after - before for before, after in zip(at_begin, at_end, strict=True)]
    everything, server_cpu, speakers_cpu, listeners_cpu, elapsed = used
    delivered, distinct = int(heard["delivered"]), int(heard["distinct"])
    # Every frame is due; with more talking than the server's limit, those that anybody got.
    all_due = naive or setting.speakers <= HEARD_AT_ONCE
    due = int(said["sent"]) if all_due else distinct
    elsewhere = everything - server_cpu - speakers_cpu - listeners_cpu
    return {
        "cpu_us_per_frame": rounded(server_cpu * 1e6 / delivered if delivered else None),
        "relay_p50_ms": delay(heard["delays"], 0.50),
        "relay_p99_ms": delay(heard["delays"], 0.99),
        "drop_rate": rounded(1 - delivered / (due * setting.listeners) if due else None),
        "rss_kib_per_listener": rounded((rss_after - rss_before) / setting.listeners),
        "egress_mbit_s": rounded(heard["bytes"] * 8 / elapsed / 1e6),
        "frames_sent_per_s": rounded(said["sent"] / elapsed),
        "frames_forwarded_per_s": rounded(distinct / elapsed),
        "deliveries_per_s": rounded(delivered / elapsed),
        "server_cpu_share": rounded(server_cpu / elapsed),
        "load_cpu_share": rounded(listeners_cpu / elapsed),
        "elsewhere_cpu_share": rounded(max(0.0, elsewhere / elapsed)),
        "connections_lost": float(said["lost"] + heard["lost"]),
    }


def run(setting: FanoutSetting, rounds: int) -> dict[str, object]:
    """Measure our server and the peer in turn, ``rounds`` times; return medians of the figures."""
    capacity = PEER_SHARE * 1e6 / (PEER_FRAME_US * 50 * setting.speakers)
    peer_setting = FanoutSetting(
        setting.speakers,
        min(setting.listeners, max(1, int(capacity))),
        setting.seconds,
        setting.tls,
    )
    same = peer_setting == setting
    ours, theirs, ours_at_peer_size = [], [], []
    for _ in range(rounds):
        ours.append(measured(setting, naive=False))
        theirs.append(measured(peer_setting, naive=True))
        if not same:
            ours_at_peer_size.append(measured(peer_setting, naive=False))
    figures, peer = medians(ours), medians(theirs)
    small = figures if same else medians(ours_at_peer_size)
    return {
        "benchmark": "fanout",
        "settings": {
            "speakers": setting.speakers,
            "listeners": setting.listeners,
            "seconds": setting.seconds,
            "tls": setting.tls,
            "rounds": rounds,
            "heard_at_once": HEARD_AT_ONCE,
        },
        **figures,
        "peers": {"naive_relay": {"listeners": peer_setting.listeners, **peer}},
        "ratio_to": {"naive_relay": _compared(figures, peer)},
        "at_peer_size": {
            "listeners": peer_setting.listeners,
            **small,
            "ratio_to": {"naive_relay": _compared(small, peer)},
        },
        "machine": machine.description(),
    }


def _compared(ours: Figures, theirs: Figures) -> Figures:
    return ratios({name: ours[name] for name in COMPARED}, theirs)


@contextlib.contextmanager
def _naive_relay(tls: bool) -> Iterator[tuple[Child, str]]:
    arguments = ["--tls"] if tls else []
    with processes.module("benchmarks.peers.naive_relay", *arguments) as child:
        yield child, str(child.event("listening", 30.0)["url"])


@contextlib.contextmanager
def _load(role: str, url: str, count: int, naive: bool) -> Iterator[Child]:
    settings = {"role": role, "url": url, "count": count, "naive": naive}
    with processes.module("benchmarks.load", json.dumps(settings)) as child:
        yield child


def _in_room(url: str) -> str:
    address, hash_, fragment = url.partition("#")
    return f"{address}/r/fanout{hash_}{fragment}"


def _used_at(when: float, pids: list[int]) -> list[float]:
    """Read, at the time ``when``, CPU seconds of the machine and of each process, and the time."""
    time.sleep(max(0.0, when - time.monotonic()))
    return [machine.busy_seconds(), *map(machine.cpu_seconds, pids), time.monotonic()]


def delay(buckets: list[list[int]], share: float) -> float | None:
    """Return the quantile ``share`` of the delays in ms, or None if there are none."""
    wanted = share * sum(count for _, count in buckets)
    for at, count in buckets:
        wanted -= count
        if wanted <= 0:
            return rounded((at + 1) * BUCKET_NS / 1e6)
    return None


def main() -> int:
    """Run the benchmark and print the result. Returns the exit code."""
    options = parser("Cost and delay of fan-out, beside a naive relay.")
    options.add_argument("--speakers", type=int, default=3, help=f"1 to {MAX_SPEAKERS}")
    options.add_argument("--listeners", type=int, default=500)
    options.add_argument("--seconds", type=float, default=10.0)
    options.add_argument("--rounds", type=int, default=1, help="runs of each; medians count")
    options.add_argument("--tls", action="store_true", help="TLS from the server to everybody")
    given = options.parse_args()
    _judge(options, given)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    setting = FanoutSetting(given.speakers, given.listeners, given.seconds, given.tls)
    publish(run(setting, given.rounds), given.json)
    return 0


def _judge(options: argparse.ArgumentParser, given: argparse.Namespace) -> None:
    if not machine.has_proc():
        options.error("needs Linux: what a process used is read from /proc")
    if not 1 <= given.speakers <= MAX_SPEAKERS:
        options.error(f"--speakers: 1 to {MAX_SPEAKERS}, a stage holds no more")
    if given.listeners < 1 or given.rounds < 1 or not 0 < given.seconds <= 600:
        options.error("--listeners and --rounds from 1, --seconds up to 600")


if __name__ == "__main__":
    conclude(main)
