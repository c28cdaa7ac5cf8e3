"""Measure what listeners who stand still cost the others, and what they get when they go on.

``python -m benchmarks.slow_listeners --listeners 300 [--via nginx] [--json]``. Linux. Some talk to
``--listeners`` people; one in ten of these reads nothing for ten seconds, with receive buffers as
the system gives them, and then goes on. The peer is the same room in the seconds before.
"""

from __future__ import annotations

import contextlib
import json
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import machine, processes
from .fanout import delay
from .processes import Child
from .proxies import behind_proxy, missing_proxy
from .relays import in_room, people
from .report import Figures, NotMeasured, conclude, parser, publish, ratios, require_proc, rounded

SPEAKERS = 3
FROZEN_SHARE = 0.1
WARM_UP = 2.0
AFTER = 2.0
"""Seconds after the others go on that still count as disturbed."""
LOOK = 0.25
"""Seconds between two looks at the server's memory."""
PATIENCE = 300.0


@dataclass(frozen=True)
class SlowSetting:
    """The size of the room, the seconds before and while some stand still, and a proxy or none."""

    listeners: int
    seconds: float
    via: str | None
    speakers: int = SPEAKERS

    @property
    def frozen(self) -> int:
        """How many stand still: at least two, since there are two kinds of them."""
        return max(2, round(self.listeners * FROZEN_SHARE))


def measured(setting: SlowSetting) -> tuple[Figures, Figures]:
    """Measure while some stand still; return that, and the same of the seconds before."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="slow")))
        server, url = stack.enter_context(_served(folder, setting.via))
        room = in_room(url, "slow")
        speakers = stack.enter_context(people("speakers", room, setting.speakers, "roomcli"))
        speakers.event("ready", PATIENCE)
        others = setting.listeners - setting.frozen
        audience = stack.enter_context(people("listeners", room, others, "roomcli"))
        audience.event("ready", PATIENCE)
        settings = json.dumps({"url": room, "count": setting.frozen})
        frozen = stack.enter_context(processes.module("benchmarks.frozen", settings))
        frozen.event("ready", PATIENCE)
        begin = time.monotonic() + WARM_UP
        freeze = begin + setting.seconds
        end = freeze + setting.seconds
        for child in (speakers, audience):
            _order(child, begin, freeze)
            _order(child, freeze, end + AFTER)
        _order(frozen, freeze, end)
        time.sleep(max(0.0, freeze - time.monotonic()))
        rss = list(_rss_until(server, end + AFTER))
        before, during = (audience.event("result", PATIENCE) for _ in range(2))
        stale = frozen.event("result", PATIENCE)
    growth = (max(rss) - rss[0]) / 1024
    figures = {
        **_of_others(during, others),
        "stale_s": rounded(max(stale["stale_s"])),
        "heard_stale_s": rounded(max(stale["heard_s"])),
        "frozen_cut": float(stale["lost"]),
        "rss_growth_mib": rounded(growth),
        "rss_kib_per_frozen": rounded(1024 * growth / setting.frozen),
    }
    return figures, _of_others(before, others)


def _of_others(heard: dict[str, object], listeners: int) -> Figures:
    delays, delivered = heard["delays"], heard["delivered"]
    assert isinstance(delays, list)
    assert isinstance(delivered, int)
    due = int(str(heard["distinct"])) * listeners
    return {
        "relay_p50_ms": delay(delays, 0.50),
        "relay_p99_ms": delay(delays, 0.99),
        "drop_rate": rounded(1 - delivered / due if due else None),
    }


@contextlib.contextmanager
def _served(folder: Path, via: str | None) -> Iterator[tuple[Child, str]]:
    if via is None:
        with processes.server(folder) as served:
            yield served
        return
    with behind_proxy(via, folder) as running:
        yield running.server, running.url


def _rss_until(server: Child, when: float) -> Iterator[int]:
    while time.monotonic() < when:
        yield machine.rss_kib(server.pid)
        time.sleep(LOOK)


def _order(child: Child, begin: float, end: float) -> None:
    child.write({"begin": int(begin * 1e9), "end": int(end * 1e9)})


def run(setting: SlowSetting) -> dict[str, object]:
    """Measure once."""
    figures, before = measured(setting)
    compared = ("relay_p50_ms", "relay_p99_ms")
    return {
        "benchmark": "slow_listeners",
        "settings": {
            "listeners": setting.listeners,
            "frozen": setting.frozen,
            "speakers": setting.speakers,
            "seconds": setting.seconds,
            "via": setting.via,
        },
        **figures,
        "peers": {"before": before},
        "ratio_to": {"before": ratios({name: figures[name] for name in compared}, before)},
        "machine": machine.description(),
    }


def main(words: Sequence[str] | None = None) -> int:
    """Run the benchmark and print the result. Returns the exit code."""
    options = parser("Listeners who stand still, and those beside them.")
    options.add_argument("--listeners", type=int, default=300)
    options.add_argument(
        "--seconds", type=float, default=10.0, help="for which they stand still, and before that"
    )
    options.add_argument("--via", choices=["nginx"], help="a proxy before the server")
    given = options.parse_args(words)
    require_proc(options)
    if given.listeners < 4 or not 0 < given.seconds <= 600:
        options.error("--listeners from 4, --seconds up to 600")
    if given.via and (lacking := missing_proxy(given.via)):
        raise NotMeasured(lacking)
    machine.lift_file_limit()
    publish(run(SlowSetting(given.listeners, given.seconds, given.via)), given.json)
    return 0


if __name__ == "__main__":
    conclude(main)
