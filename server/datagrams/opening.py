"""Opens the UDP port as the options say, or does without."""

from __future__ import annotations

import logging
import socket
from collections.abc import Sequence
from dataclasses import dataclass

from roomcli.errors import ConfigError

from ..limits import ServerLimits
from .arrivals import open_sockets
from .port import DatagramPort, PublicPlace

log = logging.getLogger(__name__)

Place = tuple[str, int]
"""A host, or an IP address, and a port."""


@dataclass(frozen=True, slots=True)
class DatagramPlaces:
    """What the admin asks for: where to take datagrams, where they arrive from outside."""

    listen: Place | None = None
    public: Place | None = None
    is_on: bool = True


def open_datagram_port(
    listening: Sequence[Place], places: DatagramPlaces, limits: ServerLimits
) -> DatagramPort | None:
    """Listen for datagrams, as :func:`open_datagram_sockets` says; None if there are no sockets."""
    sockets = open_datagram_sockets(listening, places)
    public = PublicPlace(*places.public) if places.public is not None else None
    return DatagramPort(sockets, public, limits) if sockets else None


def open_datagram_sockets(
    listening: Sequence[Place], places: DatagramPlaces
) -> list[socket.socket]:
    """Listen for datagrams where TCP listens, or where the admin asks for it.

    Returns none where that is switched off, or the place of TCP is taken: voice then goes by TCP
    alone. Raises ConfigError if a place that was asked for is taken.
    """
    if not places.is_on:
        return []
    asked = places.listen
    try:
        return open_sockets(listening if asked is None else _addresses(*asked))
    except OSError as error:
        host, port = asked or listening[0]
        where, why = f"{host or 'all interfaces'}, port {port}", error.strerror or error
        if asked is not None:
            raise ConfigError(f"cannot take datagrams at {where}: {why}") from None
        log.warning("no voice by UDP: cannot take datagrams at %s: %s", where, why)
        return []


def _addresses(host: str, port: int) -> list[Place]:
    """Return the IP addresses of a host (all interfaces if empty), with the port."""
    found = socket.getaddrinfo(host or None, port, type=socket.SOCK_DGRAM, flags=socket.AI_PASSIVE)
    return [(str(place[0]), int(place[1])) for *_, place in found]
