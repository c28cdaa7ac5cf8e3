"""Which addresses are on the public internet, so that the server may connect there for a stranger.

An IPv6 address may stand for an IPv4 one: mapped (RFC 4291), translated (NAT64, RFC 6052), by 6to4
(RFC 3056), Teredo (RFC 4380) or ISATAP (RFC 5214). Then that one has to be public as well.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
_SPECIAL_4 = tuple(
    map(
        IPv4Network,
        (
            "192.0.0.0/24",  # protocol assignments
            "192.88.99.0/24",  # relays of 6to4
            "192.31.196.0/24",  # name servers of private addresses (AS112)
            "192.175.48.0/24",
            "192.52.193.0/24",  # multicast tunnels
        ),
    )
)
_SPECIAL_6 = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocol assignments, Teredo too
            "2001:db8::/32",  # documentation
            "3fff::/20",
            "2620:4f:8000::/48",  # name servers of private addresses (AS112)
        ),
    )
)
"""What Python's own tables of some versions leave out."""
_ISATAP = (0x00005EFE, 0x02005EFE)


def is_public(address: str) -> bool:
    """Whether an IP address, as text, is one of the public internet's. A zone makes it local."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv4Address):
        return _is_public_4(found)
    inner = list(_inner_addresses(found))
    if not all(map(_is_public_4, inner)):
        return False
    if found.ipv4_mapped is not None or found in _NAT64:
        return True
    if found not in _GLOBAL_UNICAST or any(found in each for each in _SPECIAL_6):
        return False
    return found.scope_id is None and (found.sixtofour is not None or found.is_global)


def _is_public_4(address: IPv4Address) -> bool:
    if address.is_multicast or address.is_reserved or address.is_unspecified:
        return False
    return address.is_global and not any(address in each for each in _SPECIAL_4)


def _inner_addresses(address: IPv6Address) -> Iterator[IPv4Address]:
    """Yield the IPv4 addresses that an IPv6 address stands for."""
    number = int(address)
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    if address in _NAT64:
        yield IPv4Address(number & 0xFFFFFFFF)
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
    if (number >> 32) & 0xFFFFFFFF in _ISATAP:
        yield IPv4Address(number & 0xFFFFFFFF)
