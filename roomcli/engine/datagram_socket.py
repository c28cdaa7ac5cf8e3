"""The socket by which one visit's voice goes by UDP."""

from __future__ import annotations

import ipaddress
import os
import socket
from typing import Any

import trio

from ..protocol.side_channel import SideChannelOffer

LARGEST = 2048
"""Bytes that are read of a datagram: more than any has."""
SocketAddress = tuple[Any, ...]
"""An IP address with its port, as sockets know it; that of IPv6 has a zone."""
_PRELOADED = ("torsocks", "proxychains", "tsocks", "graftcp")
"""What sends all connections of a program through a proxy, without its knowledge."""


class DatagramSocket:
    """A UDP socket for one address, from which alone datagrams come in. Raises OSError.

    Nothing waits to be sent: what cannot go out at once is worthless, and dropped.
    """

    def __init__(self, target: SocketAddress) -> None:
        self._socket = _connect_socket(target)
        self.own_address = str(self._socket.getsockname()[0])
        """The address of this machine that datagrams come from."""
        self.dropped = 0
        """Datagrams that did not leave this machine."""

    def send(self, datagram: bytes) -> None:
        """Send a datagram, or drop it."""
        try:
            self._socket.send(datagram)
        except OSError:  # full, no network, or nobody listened there for the one before
            self.dropped += 1

    async def receive(self) -> bytes:
        """Return the next datagram. Raises ClosedResourceError once it is closed."""
        while True:
            await trio.lowlevel.wait_readable(self._socket)
            try:
                return self._socket.recv(LARGEST)
            except OSError:  # none after all, or what became of one that was sent
                continue

    def close(self) -> None:
        """Close the socket; whoever receives is told."""
        trio.lowlevel.notify_closing(self._socket)
        self._socket.close()


def own_address_towards(target: SocketAddress) -> str | None:
    """Return the address of this machine from which datagrams go there now; None: from none.

    Nothing is sent.
    """
    try:
        with _connect_socket(target) as unused:
            return str(unused.getsockname()[0])
    except OSError:
        return None


def hides_address() -> bool:
    """Whether this program's connections go through a proxy, which datagrams would not."""
    preloaded = os.environ.get("LD_PRELOAD", "") + os.environ.get("DYLD_INSERT_LIBRARIES", "")
    return any(name in preloaded for name in _PRELOADED)


async def find_target(offer: SideChannelOffer, reached: SocketAddress) -> SocketAddress | None:
    """Return where the datagrams of a visit go; ``reached`` is what its WebSocket reached.

    None: nowhere. Who came through a tunnel has reached this machine, and must not send anything
    elsewhere: that would show the address that the tunnel hides. Raises OSError.
    """
    if hides_address():
        return None
    if offer.host is None:
        return (reached[0], offer.port, *reached[2:])
    found = await trio.socket.getaddrinfo(offer.host, offer.port, type=socket.SOCK_DGRAM)
    target: SocketAddress = found[0][4]
    if _is_loopback(reached) and not _is_loopback(target):
        return None
    return target


def _is_loopback(address: SocketAddress) -> bool:
    return ipaddress.ip_address(str(address[0]).partition("%")[0]).is_loopback


def _connect_socket(target: SocketAddress) -> socket.socket:
    family = socket.AF_INET6 if ":" in target[0] else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_DGRAM)
    try:
        opened.setblocking(False)
        opened.connect(target)
    except BaseException:
        opened.close()
        raise
    return opened
