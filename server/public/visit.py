"""A visit to a room: what is known of a connection that asks for one, and what it may use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .conduct import Conduct
from .cpu_budget import CpuShare
from .inside import Inside
from .waiting import Place


@dataclass(frozen=True)
class Visit:
    """What a session has to know besides its connection."""

    room: str
    address: str
    """Where the client is."""
    authority: str
    """The Host header, which counts for clients that do not say what they dialled."""
    names_us: Callable[[str], bool]
    """Whether an authority is one of ours."""
    certificate_hash: bytes | None
    """Of the certificate that this client was shown; None without TLS of our own."""
    conduct: Conduct
    """Judges what it sends."""
    share: CpuShare
    """What it may use of the core."""
    place: Place
    """Its place among those who are in no room yet."""
    inside: Inside
    """Counts those who are in rooms."""
