"""Say how servers, Valkeys and bandwidth grow with listeners, rooms and speakers, up to a million.

``python -m benchmarks.scale_model [--json]``. It measures nothing: what it counts with was measured
by the commands that are named, on one machine with two busy cores. Rooms do not span servers yet
(docs/architecture.md), so that this is what the parts would come to.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from math import ceil

from . import machine
from .report import conclude, parser, publish, rounded

TICKS = 50
"""Bundles of a room in a second."""
HEARD = 4
"""Voices that are heard at once."""

# Measured. python -m benchmarks.sizing --tls
MESSAGE_US = {1: 12.6, 3: 13.2, 4: 17.2}
"""CPU of a server for one tick's message to one listener, by the voices in it."""
LISTENER_KBIT_S = {1: 46.0, 3: 130.0, 4: 170.0}
# python -m benchmarks.memory --tls
LISTENER_KIB = 42.7
# python -m benchmarks.cluster --rooms 500
PUBLISH_US = 2.5
HEAR_US = 3.7
VALKEY_US = 1.6
"""For each server to which a bundle goes; a publication is in it, since one was measured."""
HOP_MS = 2.5
"""From a server to another over nothing in between: half of the p50."""
VOICE_MBIT_S = 100 * 8 * TICKS / 1e6
"""Of one voice in bundles between servers: 100 bytes in each tick."""

# Assumed: what one may fill of what a small virtual machine has.
CORE_SHARE = 0.6
"""Of the one core that a process uses; the rest is for bursts and for moderation."""
NETWORK_MBIT_S = 700.0
"""Of 1 Gb/s."""
MEMORY_MIB = 2048.0


@dataclass(frozen=True)
class CrowdSize:
    """People in all rooms, which are alike; everybody on stage talks all the time."""

    listeners: int
    rooms: int
    speakers: int

    @property
    def heard(self) -> int:
        """Voices in a bundle."""
        return min(self.speakers, HEARD)

    @property
    def in_room(self) -> int:
        """Listeners of one room."""
        return ceil(self.listeners / self.rooms)


@dataclass(frozen=True)
class NeededMachines:
    """What a crowd takes, and what there is too little of first."""

    servers: int
    server_limit: str
    valkeys: int
    valkey_limit: str
    servers_of_a_room: int
    listeners_gbit_s: float
    valkey_gbit_s: float


def by_voices(table: dict[int, float], voices: int) -> float:
    """Return the figure for so many voices, or for the next larger number that was measured."""
    return table[min(number for number in table if number >= voices)]


def server_load(crowd: CrowdSize, servers: int, *, together: bool) -> dict[str, float]:
    """Return how full one of so many servers is of each thing; 1 is all that one may fill."""
    listeners = crowd.listeners / servers
    places = servers_of_a_room(crowd, servers, together=together)
    rooms = crowd.rooms * places / servers
    talking = min(places, crowd.heard)
    cpu = listeners * TICKS * by_voices(MESSAGE_US, crowd.heard)
    network = listeners * by_voices(LISTENER_KBIT_S, crowd.heard) / 1000
    if places > 1:
        cpu += rooms * TICKS * (talking * HEAR_US + talking / places * PUBLISH_US)
        network += rooms * crowd.heard * VOICE_MBIT_S
    return {
        "cpu": cpu / 1e6 / CORE_SHARE,
        "network": network / NETWORK_MBIT_S,
        "memory": listeners * LISTENER_KIB / 1024 / MEMORY_MIB,
    }


def servers_of_a_room(crowd: CrowdSize, servers: int, *, together: bool) -> int:
    """Return on how many servers a room has people.

    They are ``together`` on as few as hold them, or each person is on any server.
    """
    if not together:
        return min(servers, crowd.in_room)
    message = by_voices(MESSAGE_US, crowd.heard) * TICKS / 1e6 / CORE_SHARE
    network = by_voices(LISTENER_KBIT_S, crowd.heard) / 1000 / NETWORK_MBIT_S
    return min(servers, ceil(crowd.in_room * max(message, network)))


def needed(crowd: CrowdSize, *, together: bool) -> NeededMachines:
    """Return the fewest servers and Valkeys that hold a crowd."""
    for servers in count(1):
        load = server_load(crowd, servers, together=together)
        if max(load.values()) <= 1:
            break
    before = server_load(crowd, max(1, servers - 1), together=together)
    places = servers_of_a_room(crowd, servers, together=together)
    bundles = crowd.rooms * min(places, crowd.heard) * TICKS * places if places > 1 else 0
    valkey_gbit_s = crowd.rooms * places * crowd.heard * VOICE_MBIT_S / 1000
    valkey = {
        "cpu": bundles * VALKEY_US / 1e6 / CORE_SHARE,
        "network": (valkey_gbit_s if bundles else 0.0) * 1000 / NETWORK_MBIT_S,
    }
    return NeededMachines(
        servers,
        max(before, key=lambda each: before[each]),
        ceil(max(valkey.values())),
        max(valkey, key=lambda each: valkey[each]) if bundles else "none",
        places,
        crowd.listeners * by_voices(LISTENER_KBIT_S, crowd.heard) / 1e6,
        valkey_gbit_s if bundles else 0.0,
    )


@dataclass(frozen=True)
class RelayTree:
    """One room's voice handed from server to server, each to so many others, without a Valkey."""

    servers: int
    children: int

    def arrivals_ms(self) -> list[float]:
        """Return when each server has a bundle, in ms after the root sent it.

        A relay writes to one child after the other, and each write takes its time.
        """
        arrived = [0.0]
        for number in range(1, self.servers):
            parent, place = divmod(number - 1, self.children)
            arrived.append(arrived[parent] + HOP_MS + (place + 1) * PUBLISH_US / 1000)
        return arrived

    def relay_share(self, voices: int) -> float:
        """Return how much of a core a relay takes to hand on what so many servers publish."""
        return TICKS * voices * (HEAR_US + self.children * PUBLISH_US) / 1e6

    def cut_off_by_one(self) -> int:
        """Return the servers that hear nothing when one right below the root is gone."""
        below, row = 0, [1]
        while row:
            below += len(row)
            row = [
                child
                for parent in row
                for child in range(parent * self.children + 1, (parent + 1) * self.children + 1)
                if child < self.servers
            ]
        return below


CROWDS = (
    *(CrowdSize(10_000, rooms, speakers) for rooms in (1, 100, 1000) for speakers in (1, 4)),
    *(CrowdSize(100_000, rooms, 4) for rooms in (1, 1000, 10_000)),
    *(CrowdSize(1_000_000, rooms, 4) for rooms in (1, 100, 10_000, 100_000)),
)
ONE_ROOM = (1_000_000, 10_000_000, 100_000_000)
"""Listeners of one room that is larger and larger."""
CHILDREN = (8, 32, 128)


def most_servers_of_a_valkey(voices: int) -> int:
    """Return on how many servers one room can be until one Valkey is full, by either limit."""
    cpu = CORE_SHARE * 1e6 / (TICKS * voices * VALKEY_US)
    network = NETWORK_MBIT_S / (voices * VOICE_MBIT_S)
    return int(min(cpu, network))


def run() -> dict[str, object]:
    """Count for each crowd and each tree."""
    crowds = [_row(crowd, together) for crowd in CROWDS for together in (False, True)]
    trees = [_tree(listeners, children) for listeners in ONE_ROOM for children in CHILDREN]
    return {
        "benchmark": "scale_model",
        "settings": {"heard_at_once": HEARD},
        "most_servers_of_a_room_on_one_valkey": most_servers_of_a_valkey(HEARD),
        "crowds": crowds,
        "relay_trees": trees,
        "peers": {},
        "ratio_to": {},
        "machine": machine.description(),
    }


def _row(crowd: CrowdSize, together: bool) -> dict[str, object]:
    found = needed(crowd, together=together)
    return {
        "listeners": crowd.listeners,
        "rooms": crowd.rooms,
        "speakers": crowd.speakers,
        "people": "together" if together else "anywhere",
        "servers": found.servers,
        "full_first": found.server_limit,
        "on_servers": found.servers_of_a_room,
        "valkeys": found.valkeys,
        "valkey_full_of": found.valkey_limit,
        "gbit_s": rounded(found.listeners_gbit_s),
        "valkey_gbit_s": rounded(found.valkey_gbit_s),
    }


def _tree(listeners: int, children: int) -> dict[str, object]:
    servers = needed(CrowdSize(listeners, 1, HEARD), together=True).servers
    tree = RelayTree(servers, children)
    arrived = sorted(tree.arrivals_ms())
    return {
        "listeners": listeners,
        "servers": servers,
        "children": children,
        "p50_ms": rounded(arrived[len(arrived) // 2]),
        "last_ms": rounded(arrived[-1]),
        "relay_cpu_share": rounded(tree.relay_share(HEARD)),
        "cut_off_by_one": tree.cut_off_by_one(),
    }


def print_table(rows: list[dict[str, object]], say: Callable[[str], None] = print) -> None:
    """Print rows that have the same names below these."""
    names = list(rows[0])
    texts = [[str(row[name]) for name in names] for row in rows]
    wide = [max(len(name), *(len(row[at]) for row in texts)) for at, name in enumerate(names)]
    for line in (names, *texts):
        say("  ".join(text.rjust(width) for text, width in zip(line, wide, strict=True)))


def main() -> int:
    """Print the tables. Returns the exit code."""
    given = parser("How servers and Valkeys grow with listeners, rooms and speakers.").parse_args()
    result = run()
    if given.json:
        publish(result, as_json=True)
        return 0
    for name in ("crowds", "relay_trees"):
        rows = result[name]
        assert isinstance(rows, list)
        print_table(rows)
        print()
    most = result["most_servers_of_a_room_on_one_valkey"]
    print(
        f"One Valkey carries one room of {HEARD} voices to {most} servers; then a relay tree does."
    )
    return 0


if __name__ == "__main__":
    conclude(main)
