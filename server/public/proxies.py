"""The trusted proxies, whose word for the client (``X-Forwarded-For``) is believed."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from roomcli.errors import UsageError

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class TrustedProxies:
    """Addresses and networks of trusted proxies; the header of others is not believed."""

    def __init__(self, networks: Iterable[str] = ()) -> None:
        """Parse the networks. Raises UsageError for what is no address or network."""
        self._networks = tuple(_network(each) for each in networks)

    def includes(self, address: str) -> bool:
        """Whether this address is a trusted proxy."""
        if not self._networks:
            return False
        ip = _parsed(address)
        return ip is not None and self._trusts(ip)

    def client_address(self, peer: str, forwarded_for: str) -> str:
        """Return the address of the client whose connection comes from ``peer``.

        ``forwarded_for`` is all ``X-Forwarded-For`` lines joined. Each proxy adds the address that
        it saw at the right end: the first from there that is no trusted proxy is the client.
        Without the header, or where it is nonsense, the client is the peer itself.
        """
        ip = _parsed(peer)
        if ip is None or not self._trusts(ip):
            return peer
        for part in reversed(forwarded_for.split(",")):
            client = _parsed(_without_port(part.strip()))
            if client is None:
                return peer
            if not self._trusts(client):
                return str(client)
        return peer

    def _trusts(self, ip: _Address) -> bool:
        return any(ip in network for network in self._networks)


def _network(text: str) -> _Network:
    bare = text.strip().removeprefix("[").removesuffix("]")
    try:
        found = ipaddress.ip_network(_parsed(bare) or bare, strict=False)
    except ValueError:
        raise UsageError(
            f"--trust-proxy wants an address or a network, like 127.0.0.1 or 10.0.0.0/8,"
            f" not {text!r}"
        ) from None
    mapped = found.network_address.ipv4_mapped if found.version == 6 else None
    if mapped is None or found.prefixlen < 96:
        return found
    return ipaddress.ip_network((int(mapped), found.prefixlen - 96))


def _without_port(text: str) -> str:
    """Return the address of ``1.2.3.4:5``, ``[::1]:5`` or ``[::1]``; other text as it is."""
    if text.startswith("["):
        address, bracket, port = text[1:].partition("]")
        right = bracket and (not port or (port[0] == ":" and port[1:].isdecimal()))
        return address if right else ""
    address, colon, port = text.partition(":")
    return address if colon and port.isdecimal() else text


def _parsed(text: str) -> _Address | None:
    try:
        ip = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = ip.ipv4_mapped if ip.version == 6 else None
    return mapped or ip
