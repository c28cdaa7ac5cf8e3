"""Measure what an acknowledgement of a listener costs the server while somebody talks.

``python -m benchmarks.acks --listeners 300 --seconds 5 --rounds 5 [--tls] [--json]``. Linux. One
person talks to an audience, which acknowledges by turns as often as the protocol says and twice as
often. The difference of what the server used is what the additional acknowledgements cost.
"""

from __future__ import annotations

import contextlib
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from roomcli.wire.heartbeat import ack_interval

from . import machine
from .processes import Child, LineProcess
from .relays import ROOMCLI, RelaySetting, in_room, people
from .report import conclude, parser, publish, require_numbers, require_proc, rounded

ENTER_SECONDS = 300.0
TALK_NS = 3600 * 10**9
"""Longer than it takes: the speaker talks without a pause until the end."""
SETTLE = 0.5
"""Seconds until everybody has their new pace."""


@dataclass(frozen=True)
class AcksSetting:
    """The number of listeners, the seconds of a part, the pairs of parts, and whether with TLS."""

    listeners: int
    seconds: float
    rounds: int
    tls: bool


def run(setting: AcksSetting) -> dict[str, object]:
    """Measure pairs of parts, one with twice as many acknowledgements; return medians."""
    interval = ack_interval(setting.listeners, on_stage=False)
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="acks")))
        served = ROOMCLI.serve(RelaySetting(folder, voices=1, tls=setting.tls))
        server, url = stack.enter_context(served)
        room = in_room(url, "acks")
        speaker = stack.enter_context(people("speakers", room, 1, ROOMCLI.client))
        speaker.event("ready", ENTER_SECONDS)
        crowd = stack.enter_context(people("listeners", room, setting.listeners, ROOMCLI.client))
        crowd.event("ready", ENTER_SECONDS)
        now = time.monotonic_ns()
        speaker.write({"begin": now, "end": now + TALK_NS})
        seen = [
            _used(server, crowd, setting.seconds, pace)
            for _ in range(setting.rounds)
            for pace in (interval, interval / 2)
        ]
    usual, often = seen[::2], seen[1::2]
    more = setting.listeners / interval
    costs = [(b - a) * 1e6 / more for (a, _), (b, _) in zip(usual, often, strict=True)]
    shares = [statistics.median(each) for each in zip(*usual, strict=True)]
    return {
        "benchmark": "acks",
        "settings": {
            "listeners": setting.listeners,
            "seconds": setting.seconds,
            "rounds": setting.rounds,
            "tls": setting.tls,
            "ack_interval_s": interval,
        },
        "cpu_us_per_ack": rounded(statistics.median(costs)),
        "cpu_us_per_ack_each": [rounded(each) for each in costs],
        "server_cpu_share": rounded(shares[0]),
        "load_cpu_share": rounded(shares[1]),
        "machine": machine.description(),
    }


def _used(
    server: LineProcess, crowd: Child, seconds: float, interval: float
) -> tuple[float, float]:
    """Return the share of a core that server and crowd use while acks come in this interval."""
    begin = time.monotonic() + SETTLE
    times = {"begin": int(begin * 1e9), "end": int((begin + seconds) * 1e9)}
    crowd.write({**times, "pause_ns": int(interval * 1e9)})
    parts = []
    for when in (begin, begin + seconds):
        time.sleep(max(0.0, when - time.monotonic()))
        used = [machine.cpu_seconds(each.pid) for each in (server, crowd)]
        parts.append((*used, time.monotonic()))
    crowd.event("result", seconds + 60.0)
    ours, theirs, elapsed = (b - a for a, b in zip(*parts, strict=True))
    return ours / elapsed, theirs / elapsed


def main() -> int:
    """Run the benchmark and print the result. Returns the exit code."""
    options = parser("What an acknowledgement costs the server while somebody talks.")
    options.add_argument("--listeners", type=int, default=300)
    options.add_argument("--seconds", type=float, default=5.0, help="of each part")
    options.add_argument("--rounds", type=int, default=5, help="pairs of parts; medians count")
    options.add_argument("--tls", action="store_true", help="TLS from the server to everybody")
    given = options.parse_args()
    require_proc(options)
    require_numbers(options, given, "listeners", "rounds")
    machine.lift_file_limit()
    setting = AcksSetting(given.listeners, given.seconds, given.rounds, given.tls)
    publish(run(setting), given.json)
    return 0


if __name__ == "__main__":
    conclude(main)
