"""The sockets of a server with workers: each worker has its own."""

from __future__ import annotations

import logging
import socket
import sys
from collections.abc import Sequence
from dataclasses import replace

import trio

from roomcli.errors import ConfigError

from ..datagrams.opening import DatagramPlaces, Place, open_datagram_sockets
from ..datagrams.steering import share_places
from ..public.accepting import BACKLOG
from .crew import WorkerPlace

log = logging.getLogger(__name__)

HIGHEST_PORT = 65535

Datagrams = tuple[tuple[socket.socket, ...], Place | None]
"""A worker's sockets for datagrams, and where they arrive from outside if the admin says so."""


async def share_port(
    listeners: list[trio.SocketListener], workers: int, udp: DatagramPlaces
) -> list[WorkerPlace]:
    """Return the places of so many workers, in place of these listeners, which are closed.

    On Linux the system spreads connections over the sockets (``SO_REUSEPORT``), and gives each
    datagram to the worker that its id names. Elsewhere all workers accept from the same socket,
    and have a port each for datagrams. Raises ConfigError if a place for datagrams that was asked
    for is taken, or there is none.
    """
    bound = [each.socket.getsockname()[:2] for each in listeners]
    datagrams = open_datagrams(bound, udp, workers)
    if sys.platform == "linux":
        for listener in listeners:
            await listener.aclose()
        listening = [tuple(_listen_at(*place) for place in bound) for _ in range(workers)]
    else:
        same = tuple(socket.socket(fileno=each.socket.detach()) for each in listeners)
        listening = [same] * workers
    return [
        WorkerPlace(own, *of_worker) for own, of_worker in zip(listening, datagrams, strict=True)
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


def open_datagrams(bound: Sequence[Place], udp: DatagramPlaces, workers: int) -> list[Datagrams]:
    """Return what each worker has for datagrams. Raises ConfigError as :func:`share_port` says."""
    opened = open_datagram_sockets(bound, udp)
    if not opened:
        return [((), None)] * workers
    try:
        return [(sockets, udp.public) for sockets in share_places(opened, workers)]
    except OSError as error:
        log.info("each worker has a port of its own for datagrams: %s", error.strerror or error)
        return open_own_ports(bound, udp, workers)


def open_own_ports(bound: Sequence[Place], udp: DatagramPlaces, workers: int) -> list[Datagrams]:
    """Return the same, with datagrams of the second worker at the next port, and so on."""
    first = max(place[1] for place in (*bound, udp.listen, udp.public) if place is not None)
    if first + workers - 1 > HIGHEST_PORT:
        why = f"{workers} workers take as many ports for datagrams from {first} on, and there is"
        raise ConfigError(f"{why} none above {HIGHEST_PORT}: choose a lower one, or --udp off")
    places = []
    for number in range(workers):
        own = replace(udp, listen=_above(udp.listen, number), public=_above(udp.public, number))
        sockets = open_datagram_sockets([(host, port + number) for host, port in bound], own)
        places.append((tuple(sockets), own.public if sockets else None))
    return places


def _above(place: Place | None, number: int) -> Place | None:
    if place is None or not place[1]:  # the system picks a port for each
        return place
    return place[0], place[1] + number
