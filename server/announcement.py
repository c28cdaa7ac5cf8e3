"""What a server announces when it has started: its address, and who may open rooms."""

from __future__ import annotations

import ipaddress
import json
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from roomcli.protocol.address import Address, host_name
from roomcli.wire.outward import outward_address

from .public.authority import OwnNames

_LOOPBACK = {4: "127.0.0.1", 6: "::1"}


@dataclass(frozen=True)
class ListeningPlace:
    """Where a server listens: the ``host`` of its options and the addresses ``bound`` for it."""

    host: str
    bound: Sequence[str]
    port: int
    pin: str | None = None
    """The pin of the server's certificate; None without TLS."""
    certified: Sequence[str] = ()
    """The names for which an authority vouches; a certificate for these needs no pin."""

    @property
    def is_loopback(self) -> bool:
        """Whether the server can be reached from this machine only."""
        return all(is_loopback_address(each) for each in self.bound)

    def local_address(self) -> Address:
        """Return the address to use on this machine."""
        families = self._open_families()
        return self._at(_LOOPBACK[families[0]] if families else self.host)

    def shown_address(self, names: OwnNames) -> Address:
        """Return the address to tell others."""
        if names.given:
            host, port = names.given[0]
            # A proxy that ends TLS has https's port, unless another is given.
            standard = self.port if self.pin else 443
            return Address(host, port or standard, True, pin=None if self.certified else self.pin)
        whole = [name for name in self.certified if "*" not in name]
        if whole:
            return Address(whole[0], self.port, True)
        families = self._open_families()
        if not families:
            return self._at(self.host)
        outward = filter(None, map(outward_address, families))
        return self._at(next(outward, _LOOPBACK[families[0]]))

    def _open_families(self) -> list[int]:
        """Return the IP versions that are listened on at all addresses, IPv4 first."""
        return sorted(ip.version for ip in map(_ip, self.bound) if ip.is_unspecified)

    def _at(self, host: str) -> Address:
        return Address(host_name(host), self.port, self.pin is not None, pin=self.pin)


def announce(
    address: Address, token_file: Path, open_hosting: bool, *, admin_url: str = "", as_json: bool
) -> None:
    """Print where the server is, and the command that opens a room.

    At ``admin_url``, if it is given, machines ask the server about itself. The host token is shown
    on a terminal only: a pipe may end in a journal that others read.
    """
    token_file = token_file.absolute()
    if as_json:
        said = {"event": "listening", "url": str(address), "host_invite_file": str(token_file)}
        if admin_url:
            said["admin_url"] = admin_url
        print(json.dumps(said), flush=True)
        return
    print(f"listening on {address}", flush=True)
    if admin_url:
        print(f"figures for Prometheus are at {admin_url}/metrics", flush=True)
    room = address.in_room("standup")
    if open_hosting:
        print(f"anybody can open a room: roomcli host '{room}'", flush=True)
    elif sys.stdout.isatty():
        room = replace(room, host_token=token_file.read_text().strip())
        print(f"whoever has this line can open a room: roomcli host '{room}'", flush=True)
    else:
        line = str(replace(room, host_token="TOKEN")).replace(
            "TOKEN", f"$(cat {shlex.quote(str(token_file))})"
        )
        print(f'whoever can read that file can open a room: roomcli host "{line}"', flush=True)


def is_loopback_address(address: str) -> bool:
    """Whether only this machine reaches what listens at an address."""
    return _ip(address).is_loopback


def _ip(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    return ipaddress.ip_address(address.partition("%")[0])
