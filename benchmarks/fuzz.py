"""Throw hostile inputs at a real server, and look at what is left of it.

``python -m benchmarks.fuzz [--seconds 60] [--seed N] [--json]``. Linux. Inputs of every kind come
over real connections (``benchmarks.fuzz_stages``), while one person talks to a few. Before, after,
and at the half of the time the server is asked what it has open; its memory should hardly grow in
the second half, since by then all that it keeps of people and rooms has its limits.
"""

from __future__ import annotations

import contextlib
import random
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
import trio

from roomcli.cli.admin_line import ask_text
from roomcli.cli.server_figures import MIB, read_figures
from roomcli.protocol.address import parse_address

from . import machine, processes
from .floods import delay_figures, window
from .fuzz_stages import Fuzzing
from .processes import Child
from .relays import in_room, people
from .report import Figures, conclude, parser, publish, ratios, rounded

TALKING = "talking"
LISTENERS = 5
QUIET = 3.0
"""Seconds for which the relay is measured before the inputs come."""
WARM_UP = 1.0
PATIENCE = 60.0
SETTLED = 60.0
"""Seconds within which nothing may be left of connections and rooms that have ended."""
OPEN = ("tasks", "file_descriptors")


@dataclass(frozen=True)
class FuzzedServer:
    """A server that is fuzzed; ``data`` is its folder."""

    child: Child
    data: Path

    def look(self) -> Figures:
        """Return what the server has open now."""
        told = read_figures(ask_text(self.data, "GET /metrics").content.decode(), time.time())
        return {
            "tasks": told.value("roomcli_tasks"),
            "file_descriptors": told.value("process_open_fds"),
            "rooms": told.value("roomcli_rooms"),
            "store_waiting": told.value("roomcli_store_queue_depth"),
            "rss_mib": rounded(told.value("process_resident_memory_bytes") / MIB),
        }

    def end_rooms(self) -> None:
        """End all rooms but the one in which people talk."""
        told = msgspec.json.decode(ask_text(self.data, "GET /rooms").content)
        for room in told["rooms"]:
            if room["name"] != TALKING:
                ask_text(self.data, f"POST /rooms/{quote(room['name'])}/end", {})

    def look_when_settled(self, before: Figures) -> Figures:
        """Return what is open as soon as that is no more than before, or after a while."""
        until = time.monotonic() + SETTLED
        while True:
            self.end_rooms()
            after = self.look()
            if not is_more(after, before) or time.monotonic() > until:
                return after
            time.sleep(0.5)

    @property
    def crashes(self) -> int:
        """How often something failed that should not, as the log says."""
        return self.child.errors.count("Traceback") + (self.child.process.poll() is not None)


def is_more(after: Figures, before: Figures) -> bool:
    """Whether more is open than before."""
    return any((after[each] or 0.0) > (before[each] or 0.0) for each in OPEN)


@contextlib.contextmanager
def served() -> Iterator[tuple[FuzzedServer, str, str]]:
    """Run a server; yield it, its URL and that of its port for machines."""
    with tempfile.TemporaryDirectory(prefix="fuzz") as name:
        folder = Path(name)
        with processes.server(folder, "--admin-listen", "127.0.0.1:0") as (child, url):
            yield FuzzedServer(child, folder / "server"), url, str(child.seen[-1]["admin_url"])


def run(seconds: float, seed: int) -> dict[str, Any]:
    """Fuzz a fresh server for so long, and return the figures."""
    with contextlib.ExitStack() as stack:
        server, url, admin_url = stack.enter_context(served())
        room = in_room(url, TALKING)
        speaker = stack.enter_context(people("speakers", room, 1, "roomcli"))
        speaker.event("ready", PATIENCE)
        listeners = stack.enter_context(people("listeners", room, LISTENERS, "roomcli"))
        listeners.event("ready", PATIENCE)
        fuzzing = Fuzzing(
            *(parse_address(url), parse_address(admin_url), TALKING, random.Random(seed))
        )
        trio.run(fuzzing.be_refused)
        quiet_at = time.monotonic() + WARM_UP
        begin = quiet_at + QUIET + WARM_UP
        end = begin + seconds
        speaker.write(window(quiet_at, end))
        listeners.write(window(quiet_at, quiet_at + QUIET))
        listeners.write(window(begin, end))
        time.sleep(max(0.0, begin - time.monotonic()))
        before = server.look()
        trio.run(fuzzing.run, seconds / 2)
        midway, inputs_midway = server.look(), fuzzing.inputs.total()
        trio.run(fuzzing.run, max(0.0, end - time.monotonic()))
        speaker.event("result", PATIENCE)
        quiet = delay_figures(listeners.event("result", PATIENCE))
        heard = listeners.event("result", PATIENCE)
        after = server.look_when_settled(before)
        crashes = server.crashes
    held = not (crashes or fuzzing.stuck or heard["lost"] or is_more(after, before))
    later = fuzzing.inputs.total() - inputs_midway
    grown = (after["rss_mib"] or 0.0) - (midway["rss_mib"] or 0.0)
    fuzzed = {**after, **delay_figures(heard)}
    return {
        "benchmark": "fuzz",
        "settings": {"seconds": seconds, "seed": seed, "listeners": LISTENERS},
        "inputs": fuzzing.inputs.total(),
        "inputs_by_kind": dict(sorted(fuzzing.inputs.items())),
        "connections": fuzzing.connections,
        "crashes": crashes,
        "stuck": fuzzing.stuck,
        "connections_lost": heard["lost"],
        **fuzzed,
        "rss_mib_midway": midway["rss_mib"],
        "rss_kib_per_1000_inputs": rounded(grown * 1024 / max(later, 1) * 1000),
        "held": held,
        "peers": {"before": {**before, **quiet}},
        "ratio_to": {"before": ratios(fuzzed, {**before, **quiet})},
        "machine": machine.description(),
    }


def main() -> int:
    """Run it and print the result. Returns 1 if the server took any harm."""
    options = parser("What hostile inputs of every kind leave of a server.")
    options.add_argument("--seconds", type=float, default=60.0)
    options.add_argument("--seed", type=int, default=None, help="the same inputs again")
    given = options.parse_args()
    if not machine.has_proc():
        options.error("needs Linux: connections come from many loopback addresses")
    if not 0 < given.seconds <= 7200:
        options.error("--seconds up to 7200")
    seed = random.randrange(2**32) if given.seed is None else given.seed
    result = run(given.seconds, seed)
    publish(result, given.json)
    return 0 if result["held"] else 1


if __name__ == "__main__":
    conclude(main)
