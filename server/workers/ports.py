"""The sockets of a server with workers: each worker has its own, at the same port for TCP."""

from __future__ import annotations

import socket
import sys
from dataclasses import replace

import trio

from roomcli.errors import ConfigError

from ..datagrams.opening import DatagramPlaces, Place, open_datagram_sockets
from ..public.accepting import BACKLOG
from .crew import WorkerPlace

HIGHEST_PORT = 65535


async def share_port(
    listeners: list[trio.SocketListener], workers: int, udp: DatagramPlaces
) -> list[WorkerPlace]:
    """Return the places of so many workers, in place of these listeners, which are closed.

    The system spreads connections over the sockets (``SO_REUSEPORT``); where it would not, all
    workers accept from the same one. Datagrams of the first worker arrive at the port that is asked
    for, those of the next at the one above it, and so on. Raises ConfigError if a place for
    datagrams that was asked for is taken, or there is none.
    """
    bound = [each.socket.getsockname()[:2] for each in listeners]
    first = max(place[1] for place in (*bound, udp.listen, udp.public) if place is not None)
    if udp.is_on and first + workers - 1 > HIGHEST_PORT:
        why = f"{workers} workers take as many ports for datagrams from {first} on, and there is"
        raise ConfigError(f"{why} none above {HIGHEST_PORT}: choose a lower one, or --udp off")
    if sys.platform == "linux":
        for listener in listeners:
            await listener.aclose()
        listening = [tuple(_listen_at(*place) for place in bound) for _ in range(workers)]
    else:
        same = tuple(socket.socket(fileno=each.socket.detach()) for each in listeners)
        listening = [same] * workers
    return [
        WorkerPlace(sockets, *_datagrams(bound, udp, number))
        for number, sockets in enumerate(listening)
    ]


def _listen_at(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_STREAM)
    if family == socket.AF_INET6:
        opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    opened.bind((host, port))
    opened.listen(BACKLOG)
    return opened


def _datagrams(
    bound: list[Place], udp: DatagramPlaces, number: int
) -> tuple[tuple[socket.socket, ...], Place | None]:
    """Return the sockets for datagrams of a worker, and where they arrive from outside."""
    own = replace(udp, listen=_above(udp.listen, number), public=_above(udp.public, number))
    sockets = open_datagram_sockets([(host, port + number) for host, port in bound], own)
    return tuple(sockets), own.public if sockets else None


def _above(place: Place | None, number: int) -> Place | None:
    if place is None or not place[1]:  # the system picks a port for each
        return place
    return place[0], place[1] + number
