"""Find the addresses at which other people may reach this machine."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from ..wire.outward import outward_address

Reach = Literal["internet", "network", "machine"]


@dataclass(frozen=True)
class Reachable:
    """An address of this machine, and the farthest place from which it can be reached."""

    host: str
    reach: Reach


def own_addresses() -> list[str]:
    """Return the addresses that this machine would use to talk to others, one per family."""
    return [found for version in (4, 6) if (found := outward_address(version)) is not None]


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
