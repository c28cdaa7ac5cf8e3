"""Find the addresses at which other people may reach this machine."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Reach = Literal["internet", "network", "machine"]

# Connecting a datagram socket only asks the routing table; nothing is sent. These addresses are
# set aside for documentation.
_ELSEWHERE = (
    (socket.AF_INET, "192.0.2.1"),
    (socket.AF_INET6, "2001:db8::1"),
)


@dataclass(frozen=True)
class Reachable:
    """An address of this machine, and the farthest place from which it can be reached."""

    host: str
    reach: Reach


def own_addresses() -> list[str]:
    """Return the addresses that this machine would use to talk to others, one per family."""
    found = []
    for family, elsewhere in _ELSEWHERE:
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((elsewhere, 9))
                found.append(str(probe.getsockname()[0]))
        except OSError:  # no such family, or no route
            continue
    return found


def best(addresses: Iterable[str]) -> Reachable:
    """Choose the address to give to friends: public before private, then IPv4 before IPv6."""
    usable = []
    for text in addresses:
        address = ipaddress.ip_address(text.partition("%")[0])
        if address.is_loopback or address.is_unspecified or address.is_link_local:
            continue
        usable.append((not address.is_global, address.version, text))
    if not usable:
        return Reachable("127.0.0.1", "machine")
    private, _, host = min(usable)
    return Reachable(host, "network" if private else "internet")
