"""Measure what rooms of several sizes take of a server: CPU, bandwidth and memory.

``python -m benchmarks.sizing [--seconds 10] [--tls] [--via nginx|caddy] [--json]``. Linux. It
prints the table of docs/self-hosting.md, by ``benchmarks.fanout``; all on stage talk all the time,
which is dearer than a real evening. A proxy ends TLS, if there is any.
"""

from __future__ import annotations

from . import machine
from .fanout import FanoutSetting, measured
from .proxies import PROXIES, missing_proxy
from .relays import ROOMCLI, Relay, through
from .report import Figures, NotMeasured, conclude, parser, publish, require_proc, rounded

ROOMS = ((1, 20), (3, 20), (1, 300), (3, 300), (10, 300), (3, 1000), (10, 1000))
"""Speakers and listeners of each room that is measured."""
HOUR = 3600


def run(seconds: float, tls: bool, via: str | None = None) -> dict[str, object]:
    """Measure one room after the other."""
    relay = through(via) if via else ROOMCLI
    rooms = [_sized(FanoutSetting(*room, seconds, tls), relay) for room in ROOMS]
    return {
        "benchmark": "sizing",
        "settings": {"seconds": seconds, "tls": tls, "via": via},
        "rooms": rooms,
        "machine": machine.description(),
    }


def _sized(setting: FanoutSetting, relay: Relay) -> Figures:
    """Return what one room takes; the bandwidth is that to listeners, with all heads but TCP's."""
    figures = measured(setting, relay)
    egress = figures["egress_mbit_s"] or 0.0
    return {
        "speakers": float(setting.speakers),
        "listeners": float(setting.listeners),
        "server_cpu_share": figures["server_cpu_share"],
        "cpu_us_per_frame": figures["cpu_us_per_frame"],
        "proxy_cpu_share": figures.get("proxy_cpu_share"),
        "egress_mbit_s": egress,
        "kbit_s_per_listener": rounded(egress * 1000 / setting.listeners),
        "gb_per_hour": rounded(egress / 8 / 1000 * HOUR),
        "rss_kib_per_listener": figures["rss_kib_per_listener"],
        "relay_p99_ms": figures["relay_p99_ms"],
        "drop_rate": figures["drop_rate"],
        "load_cpu_share": figures["load_cpu_share"],
        "elsewhere_cpu_share": figures["elsewhere_cpu_share"],
    }


def main() -> int:
    """Run the benchmark and print the result. Returns the exit code."""
    options = parser("What rooms of several sizes take of a server.")
    options.add_argument("--seconds", type=float, default=10.0, help="of each room")
    options.add_argument("--tls", action="store_true", help="TLS from the server to everybody")
    options.add_argument("--via", choices=PROXIES, help="a proxy before the server")
    given = options.parse_args()
    require_proc(options)
    if not 0 < given.seconds <= 600:
        options.error("--seconds up to 600")
    if given.via and (lacking := missing_proxy(given.via)):
        raise NotMeasured(lacking)
    machine.lift_file_limit()
    publish(run(given.seconds, given.tls, given.via), given.json)
    return 0


if __name__ == "__main__":
    conclude(main)
