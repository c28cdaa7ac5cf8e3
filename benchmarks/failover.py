"""Measure what people notice while what joins or keeps a server's rooms is away.

``python -m benchmarks.failover [--kill valkey|postgres] [--listeners 20] [--seconds 8]
[--store sqlite|postgres] [--json]``. Linux. Without ``--kill`` the server that decides about a room
of three servers is killed (``cluster_faults``), with ``valkey`` what joins them; with ``postgres``
what keeps the rooms of one server (``postgres_faults``).
"""

from __future__ import annotations

from .cluster_faults import KINDS_OF_STORE, ClusterSetting, run_cluster
from .postgres_faults import run_postgres
from .report import conclude, parser, publish, require_numbers, require_proc


def main() -> int:
    """Run the benchmark and print the result. Returns the exit code."""
    options = parser("What people notice while what joins or keeps a server's rooms is away.")
    kills = ["owner", "valkey", "postgres"]
    options.add_argument("--kill", choices=kills, default="owner", help="what is lost")
    options.add_argument("--listeners", type=int, default=20)
    options.add_argument("--seconds", type=float, default=8.0, help="of each fault")
    options.add_argument(
        "--store", choices=KINDS_OF_STORE, default="sqlite", help="what the servers keep rooms in"
    )
    given = options.parse_args()
    require_proc(options)
    require_numbers(options, given, "listeners")
    if given.kill == "postgres":
        result = run_postgres(given.listeners, given.seconds)
    else:
        setting = ClusterSetting(given.kill, given.listeners, given.seconds, given.store)
        result = run_cluster(setting)
    publish(result, given.json)
    return 0


if __name__ == "__main__":
    conclude(main)
