"""Opens the server's UDP sockets and reads what has come."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from contextlib import ExitStack, closing
from ipaddress import ip_address
from typing import NamedTuple

from .addresses import Ends, ask_for_local, local_in

LONGEST = 2048
"""Bytes of a datagram that are read: ours are shorter, and what is longer is not authentic."""
MOST = 256
"""Datagrams that are read at once, so that a flood leaves time for everything else."""

_BUFFERED = 1 << 20  # bytes each way: twenty milliseconds of three thousand listeners
_BESIDE = 128  # bytes for what comes beside a datagram


class Arrived(NamedTuple):
    """A datagram and the ends of its way."""

    datagram: bytes
    ends: Ends


def open_socket(host: str, port: int, *, is_shared: bool = False) -> socket.socket:
    """Return a UDP socket that is bound to an IP address and never blocks. Raises OSError.

    With ``is_shared`` others that allow it too have the same place.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_DGRAM)
    try:
        opened.setblocking(False)
        if family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            opened.setsockopt(socket.SOL_SOCKET, option, _BUFFERED)
        if ip_address(host).is_unspecified:  # else there is one address that it can be
            ask_for_local(opened)
        if is_shared:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        opened.bind((host, port))
    except BaseException:
        opened.close()
        raise
    return opened


def open_sockets(places: Iterable[tuple[str, int]]) -> list[socket.socket]:
    """Return a socket for each IP address and port; port 0 is the same for all.

    Raises OSError if one cannot be bound.
    """
    opened: list[socket.socket] = []
    with ExitStack() as otherwise:
        for host, port in places:
            chosen = port or (opened[0].getsockname()[1] if opened else 0)
            opened.append(otherwise.enter_context(closing(open_socket(host, chosen))))
        otherwise.pop_all()
    return opened


def read_arrivals(bound: socket.socket, most: int = MOST) -> list[Arrived]:
    """Return what has come, up to ``most`` datagrams; empty if nothing has. Never blocks.

    Of errors that the system tells of what was sent earlier (an unreachable peer) there are as
    many as there are such peers: they count as datagrams, and say nothing.
    """
    arrived = []
    for _ in range(most):
        try:
            datagram, ancillary, _, peer = bound.recvmsg(LONGEST, _BESIDE)
        except BlockingIOError:
            break
        except OSError:
            continue
        arrived.append(Arrived(datagram, Ends(peer, local_in(ancillary))))
    return arrived
