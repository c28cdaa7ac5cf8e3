"""Say how servers, Valkey and bandwidth grow with listeners, rooms and speakers, up to a million.

``python -m benchmarks.scale_model [--json]``. It measures nothing: what it counts with was measured
by the commands that scale_costs names, on one machine with two busy cores. A cluster has one
Valkey; people are at any server, or whoever sends them brings those of a room together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from math import ceil

from . import machine
from .relay_tree import RelayTree
from .report import conclude, parser, publish, rounded
from .scale_costs import (
    CALL_US,
    CORE_SHARE,
    HEAR_US,
    HEARD,
    LISTENER_KBIT_S,
    LISTENER_KIB,
    MEMORY_MIB,
    MESSAGE_US,
    NETWORK_MBIT_S,
    NOTICE_BYTES,
    NOTICE_US,
    PUBLISH_US,
    TICKS,
    VALKEY_CALL_US,
    VALKEY_US,
    VISITOR_KIB,
    VISITOR_US,
    VOICE_MBIT_S,
)

MOST_SERVERS = 20_000
"""Where so many are not enough, no number is."""


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
    """The servers that a crowd takes, and how full the rest is then; 1 is all that may be filled.

    Where each server has too much of the lists of all others, there are 0.
    """

    servers: int
    server_limit: str
    servers_of_a_room: int
    listeners_gbit_s: float
    valkey: dict[str, float]
    owner: dict[str, float]

    @property
    def breaks(self) -> list[str]:
        """What one Valkey, or the owner of a room, cannot do; or each server by itself."""
        if not self.servers:
            return ["lists of each server"]
        parts = {f"valkey {name}": full for name, full in self.valkey.items()}
        parts |= {f"owner {name}": full for name, full in self.owner.items()}
        return sorted((name for name in parts if parts[name] > 1), key=lambda name: -parts[name])


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
    if servers > 1:
        cpu += rooms * CALL_US + crowd.rooms * NOTICE_US
        cpu += listeners * (1 - 1 / places) * VISITOR_US
        network += crowd.rooms * NOTICE_BYTES * 8 / 1e6
    return {
        "cpu": cpu / 1e6 / CORE_SHARE,
        "network": network / NETWORK_MBIT_S,
        "memory": listeners * LISTENER_KIB / 1024 / MEMORY_MIB,
    }


def valkey_load(crowd: CrowdSize, servers: int, places: int) -> dict[str, float]:
    """Return how full the one Valkey of a cluster is of each thing."""
    if servers == 1:
        return {}
    talking = min(places, crowd.heard)
    bundles = crowd.rooms * talking * TICKS * places if places > 1 else 0
    calls = crowd.rooms * places
    voice = crowd.rooms * places * crowd.heard * VOICE_MBIT_S if places > 1 else 0.0
    lists = servers * crowd.rooms * NOTICE_BYTES * 8 / 1e6
    return {
        "cpu": (bundles * VALKEY_US + calls * VALKEY_CALL_US) / 1e6 / CORE_SHARE,
        "voice": voice / NETWORK_MBIT_S,
        "lists": lists / NETWORK_MBIT_S,
    }


def owner_load(crowd: CrowdSize, places: int) -> dict[str, float]:
    """Return how full the owner of one room is by its visitors alone."""
    visitors = crowd.in_room * (1 - 1 / places)
    return {
        "cpu": visitors * VISITOR_US / 1e6 / CORE_SHARE,
        "memory": visitors * VISITOR_KIB / 1024 / MEMORY_MIB,
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
    """Return the fewest servers that hold a crowd, and how full all else is with them."""
    for servers in count(1):
        load = server_load(crowd, servers, together=together)
        if max(load.values()) <= 1:
            break
        if servers > MOST_SERVERS:
            servers = 0
            break
    before = server_load(crowd, max(1, (servers or MOST_SERVERS) - 1), together=together)
    places = servers_of_a_room(crowd, servers or MOST_SERVERS, together=together)
    return NeededMachines(
        servers,
        max(before, key=lambda each: before[each]),
        places,
        crowd.listeners * by_voices(LISTENER_KBIT_S, crowd.heard) / 1e6,
        valkey_load(crowd, servers or MOST_SERVERS, places),
        owner_load(crowd, places),
    )


CROWDS = (
    *(CrowdSize(1_000, rooms, 4) for rooms in (1, 100)),
    *(CrowdSize(10_000, rooms, speakers) for rooms in (1, 100, 1000) for speakers in (1, 4)),
    *(CrowdSize(100_000, rooms, 4) for rooms in (1, 1000, 10_000)),
    *(CrowdSize(1_000_000, rooms, 4) for rooms in (1, 100, 10_000, 100_000)),
)
ONE_ROOM = (100_000, 1_000_000, 10_000_000)
"""Listeners of one room that is larger and larger."""
CHILDREN = (8, 32, 128)


def most_servers_of_a_valkey(voices: int) -> int:
    """Return on how many servers one room can be until one Valkey is full, by either limit."""
    cpu = CORE_SHARE * 1e6 / (TICKS * voices * VALKEY_US)
    network = NETWORK_MBIT_S / (voices * VOICE_MBIT_S)
    return int(min(cpu, network))


def most_visitors_of_an_owner() -> int:
    """Return how many people of one room can be at other servers until its owner is full."""
    return int(min(CORE_SHARE * 1e6 / VISITOR_US, MEMORY_MIB * 1024 / VISITOR_KIB))


def run() -> dict[str, object]:
    """Count for each crowd and each tree."""
    crowds = [_row(crowd, together) for crowd in CROWDS for together in (False, True)]
    trees = [_tree(listeners, children) for listeners in ONE_ROOM for children in CHILDREN]
    return {
        "benchmark": "scale_model",
        "settings": {"heard_at_once": HEARD},
        "most_servers_of_a_room_on_one_valkey": most_servers_of_a_valkey(HEARD),
        "most_visitors_of_a_room": most_visitors_of_an_owner(),
        "crowds": crowds,
        "relay_trees": trees,
        "peers": {},
        "ratio_to": {},
        "machine": machine.description(),
    }


def _row(crowd: CrowdSize, together: bool) -> dict[str, object]:
    found = needed(crowd, together=together)
    valkey, owner = (max(each.values(), default=0.0) for each in (found.valkey, found.owner))
    return {
        "listeners": crowd.listeners,
        "rooms": crowd.rooms,
        "speakers": crowd.speakers,
        "people": "together" if together else "anywhere",
        "servers": found.servers or None,
        "full_first": found.server_limit,
        "on_servers": found.servers_of_a_room,
        "gbit_s": rounded(found.listeners_gbit_s),
        "valkey_full": rounded(valkey) if found.servers else None,
        "owner_full": rounded(owner) if found.servers else None,
        "breaks": ", ".join(found.breaks) or "no",
    }


def _tree(listeners: int, children: int) -> dict[str, object]:
    servers = needed(CrowdSize(listeners, 1, HEARD), together=True).servers
    tree = RelayTree(servers, children, (HEAR_US, PUBLISH_US))
    arrived = sorted(tree.arrivals_ms())
    return {
        "listeners": listeners,
        "servers": servers,
        "children": children,
        "p50_ms": rounded(arrived[len(arrived) // 2]),
        "p99_ms": rounded(arrived[int(len(arrived) * 0.99)]),
        "last_ms": rounded(arrived[-1]),
        "relay_cpu_share": rounded(tree.relay_share(HEARD, TICKS)),
        "relay_mbit_s": rounded(children * HEARD * VOICE_MBIT_S),
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
    print(
        f"One Valkey carries one room of {HEARD} voices to {most_servers_of_a_valkey(HEARD)}"
        f" servers; its owner bears {most_visitors_of_an_owner()} people who are at others."
    )
    return 0


if __name__ == "__main__":
    conclude(main)
