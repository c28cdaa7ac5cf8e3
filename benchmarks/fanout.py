"""Measure what one voice frame to one listener costs the server, and how long it takes.

``python -m benchmarks.fanout --speakers 3 --listeners 500 --seconds 10 [--tls] [--udp]
[--peer NAME] [--json]``. Linux. The server is a real one; speakers and listeners run in two
processes of their own. With ``--udp`` voice goes by UDP, encrypted. The same is measured with each
peer (benchmarks/relays.py) in turn, with fewer listeners if it cannot keep up, and then with
roomcli and as many listeners as that peer had.
"""

from __future__ import annotations

import argparse
import contextlib
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from roomcli.load.tally import BUCKET_NS
from server.rooms.rules.state import DEFAULT_LIMITS

from . import machine
from .questions import Questioner
from .relays import (
    PEERS,
    ROOMCLI,
    ROOMCLI_UDP,
    TRIO_WEBSOCKET,
    Relay,
    RelaySetting,
    in_room,
    people,
)
from .report import (
    Figures,
    NotMeasured,
    conclude,
    medians,
    parser,
    publish,
    quantile,
    ratios,
    require_numbers,
    require_proc,
    rounded,
)

WARM_UP = 1.5
COMPARED = ("cpu_us_per_frame", "relay_p50_ms", "relay_p99_ms", "rss_kib_per_listener")
ENTER_SECONDS = 300.0
MAX_SPEAKERS = 24


@dataclass(frozen=True)
class FanoutSetting:
    """The number of people, the seconds to measure, TLS or UDP or not, and the voices heard."""

    speakers: int
    listeners: int
    seconds: float
    tls: bool
    heard: int = DEFAULT_LIMITS.heard
    udp: bool = False

    @property
    def ours(self) -> Relay:
        """Our server, as people are to talk to it."""
        return ROOMCLI_UDP if self.udp else ROOMCLI

    @property
    def voices(self) -> int:
        """Voices that go out at once."""
        return min(self.speakers, self.heard)


def measured(setting: FanoutSetting, relay: Relay) -> Figures:
    """Measure one run of roomcli, or of a peer."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fanout")))
        plan = RelaySetting(folder, setting.voices, setting.tls, ("--heard", str(setting.heard)))
        server, url = stack.enter_context(relay.serve(plan))
        url = in_room(url, "fanout")
        count = 0 if relay.speaks else setting.speakers
        speakers = stack.enter_context(people("speakers", url, count, relay.client))
        speaking = speakers.event("ready", ENTER_SECONDS)["pids"]
        rss_before = machine.rss_kib(server.pid)
        listeners = stack.enter_context(people("listeners", url, setting.listeners, relay.client))
        listening = listeners.event("ready", ENTER_SECONDS)["pids"]
        questioner = None
        if relay in (ROOMCLI, ROOMCLI_UDP):
            questioner = stack.enter_context(contextlib.closing(Questioner(url)))
        begin = time.monotonic() + WARM_UP
        end = begin + setting.seconds
        for child in (speakers, listeners):
            child.write({"begin": int(begin * 1e9), "end": int(end * 1e9)})
        ours = ([server.pid], server.helpers, speaking, listening)
        at_begin = _used_at(begin, ours)
        answers = questioner.ask_until(end) if questioner else []
        at_end = _used_at(end, ours)
        rss_after = machine.rss_kib(server.pid)
        said = speakers.event("result", 30.0)
        heard = listeners.event("result", 60.0 + setting.seconds)
    used = [after - before for before, after in zip(at_begin, at_end, strict=True)]
    everything, server_cpu, helpers_cpu, speakers_cpu, listeners_cpu, elapsed = used
    delivered, distinct = int(heard["delivered"]), int(heard["distinct"])
    # Every frame is due; with more talking than the server's limit, those that anybody got.
    all_due = not relay.speaks and (not relay.limits_voices or setting.speakers <= setting.heard)
    due = (int(said["sent"]) if all_due else distinct) * int(heard["checked_listeners"])
    elsewhere = everything - server_cpu - helpers_cpu - speakers_cpu - listeners_cpu
    return {
        "cpu_us_per_frame": rounded(server_cpu * 1e6 / delivered if delivered else None),
        "relay_p50_ms": delay(heard["delays"], 0.50),
        "relay_p99_ms": delay(heard["delays"], 0.99),
        "drop_rate": rounded(1 - heard["checked"] / due if due else None),
        "rss_kib_per_listener": rounded((rss_after - rss_before) / setting.listeners),
        "control_p50_ms": rounded(quantile(answers, 0.50)),
        "control_p99_ms": rounded(quantile(answers, 0.99)),
        "tick_ms": rounded(elapsed * 1000 / heard["bundles"] if heard["bundles"] else None),
        "egress_mbit_s": rounded(heard["bytes"] * 8 / elapsed / 1e6),
        "frames_sent_per_s": rounded((distinct if relay.speaks else said["sent"]) / elapsed),
        "frames_forwarded_per_s": rounded(distinct / elapsed),
        "deliveries_per_s": rounded(delivered / elapsed),
        "server_cpu_share": rounded(server_cpu / elapsed),
        **({"proxy_cpu_share": rounded(helpers_cpu / elapsed)} if server.helpers else {}),
        "load_cpu_share": rounded(listeners_cpu / elapsed),
        "speakers_cpu_share": rounded(speakers_cpu / elapsed),
        "elsewhere_cpu_share": rounded(max(0.0, elsewhere / elapsed)),
        "connections_lost": float(said["lost"] + heard["lost"]),
    }


def run(setting: FanoutSetting, rounds: int, peers: Sequence[Relay]) -> dict[str, object]:
    """Measure our server and the peers in turn, ``rounds`` times; return medians of the figures."""
    sizes = {
        peer: replace(setting, listeners=peer.most_listeners(setting.listeners, setting.speakers))
        for peer in peers
    }
    smaller = {peer: size for peer, size in sizes.items() if size != setting}
    ours = list[Figures]()
    theirs: dict[Relay, list[Figures]] = {peer: [] for peer in sizes}
    ours_at_their_size: dict[Relay, list[Figures]] = {peer: [] for peer in smaller}
    for _ in range(rounds):
        ours.append(measured(setting, setting.ours))
        for peer, size in sizes.items():
            theirs[peer].append(measured(size, peer))
            if peer in smaller:
                ours_at_their_size[peer].append(measured(size, size.ours))
    figures = medians(ours)
    found = {peer: medians(each) for peer, each in theirs.items()}
    small = {peer: medians(each) for peer, each in ours_at_their_size.items()}
    return {
        "benchmark": "fanout",
        "settings": {
            "speakers": setting.speakers,
            "listeners": setting.listeners,
            "seconds": setting.seconds,
            "tls": setting.tls,
            "udp": setting.udp,
            "rounds": rounds,
            "heard_at_once": setting.heard,
        },
        **figures,
        "peers": {peer.field: _described(peer, sizes[peer], each) for peer, each in found.items()},
        "ratio_to": {peer.field: _compared(figures, each) for peer, each in found.items()},
        "at_peer_size": {
            peer.field: {
                "listeners": sizes[peer].listeners,
                **each,
                "ratio_to": {peer.field: _compared(each, found[peer])},
            }
            for peer, each in small.items()
        },
        "machine": machine.description(),
    }


def _described(peer: Relay, size: FanoutSetting, figures: Figures) -> dict[str, object]:
    version = peer.version()
    known: dict[str, object] = {"listeners": size.listeners}
    return known | ({"version": version} if version else {}) | figures


def _compared(ours: Figures, theirs: Figures) -> Figures:
    return ratios({name: ours[name] for name in COMPARED}, theirs)


def _used_at(when: float, groups: Sequence[Sequence[int]]) -> list[float]:
    """Read, at the time ``when``, CPU seconds of the machine and of each group, and the time."""
    time.sleep(max(0.0, when - time.monotonic()))
    used = [sum(map(machine.cpu_seconds, pids)) for pids in groups]
    return [machine.busy_seconds(), *used, time.monotonic()]


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
    options = parser("Cost and delay of fan-out, beside other programs.")
    options.add_argument("--speakers", type=int, default=3, help=f"1 to {MAX_SPEAKERS}")
    options.add_argument("--listeners", type=int, default=500)
    options.add_argument("--seconds", type=float, default=10.0)
    options.add_argument("--rounds", type=int, default=1, help="runs of each; medians count")
    options.add_argument("--tls", action="store_true", help="TLS from the server to everybody")
    options.add_argument("--udp", action="store_true", help="voice by UDP from roomcli's server")
    options.add_argument(
        "--heard",
        type=int,
        default=DEFAULT_LIMITS.heard,
        help="voices that the server and the floor send at once (default: %(default)s)",
    )
    options.add_argument(
        "--peer",
        action="append",
        choices=PEERS,
        help=f"what to measure beside it, once or more often (default: {TRIO_WEBSOCKET.name})",
    )
    given = options.parse_args()
    peers = _judge(options, given)
    machine.lift_file_limit()
    setting = FanoutSetting(
        given.speakers, given.listeners, given.seconds, given.tls, given.heard, given.udp
    )
    publish(run(setting, given.rounds, peers), given.json)
    return 0


def _judge(options: argparse.ArgumentParser, given: argparse.Namespace) -> list[Relay]:
    require_proc(options)
    if not 1 <= given.speakers <= MAX_SPEAKERS:
        options.error(f"--speakers: 1 to {MAX_SPEAKERS}, a stage holds no more")
    require_numbers(options, given, "listeners", "rounds", "heard")
    if given.udp and (lacking := ROOMCLI_UDP.missing()):
        raise NotMeasured(f"--udp {lacking}")
    peers = [PEERS[name] for name in given.peer or [TRIO_WEBSOCKET.name]]
    peers = list(dict.fromkeys(each for peer in peers for each in peer.together()))
    for peer in peers:
        if peer.needs_tls and not given.tls:
            options.error(f"--peer {peer.name} has TLS: add --tls")
        if lacking := peer.missing():
            raise NotMeasured(f"{peer.name} {lacking}")
    return peers


if __name__ == "__main__":
    conclude(main)
