"""A visit to a room: what is known of a new connection, and what it may use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .conduct import Conduct
from .cpu_budget import CpuShare
from .inside import Inside
from .waiting import Place


@dataclass(frozen=True)
class Visit:
    """The facts and parts of the server that a session needs besides its connection."""

    room: str
    address: str
    """The client's address."""
    authority: str
    """The Host header, used for clients that do not say which authority they dialled."""
    names_us: Callable[[str], bool]
    """Tells whether an authority is one of this server's names."""
    certificate_hash: bytes | None
    """The hash of the certificate that this client was shown; None without TLS of our own."""
    conduct: Conduct
    """Judges what the connection sends."""
    share: CpuShare
    """The connection's share of the CPU."""
    place: Place
    """The connection's place among those that are in no room yet."""
    inside: Inside
    """Counts the connections that are in rooms."""
