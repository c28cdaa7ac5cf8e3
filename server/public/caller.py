"""The client at the other end of a connection: what is known of it, and what it may use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..desks import Desks
from ..rooms.hub import Hub
from ..rooms.reception import Reception
from ..store import Store
from .client_voice import ClientVoice
from .conduct import Conduct
from .cpu_budget import CpuShare
from .echo import Echoes
from .inside import Inside
from .waiting import Place


@dataclass(frozen=True)
class Services:
    """The parts of the server that every connection uses."""

    hub: Hub
    reception: Reception
    store: Store
    desks: Desks
    inside: Inside
    """Counts the connections that are in rooms."""
    echoes: Echoes
    """Counts the connections that are sent their own voice."""
    udp_is_public: bool = False
    """Whether datagrams arrive from those too who connect by a proxy."""


@dataclass(frozen=True)
class Caller:
    """The facts about one connection, and its own shares of the server."""

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
    """The connection's place among those that have not proven who they are."""
    new_voice: Callable[[], ClientVoice]
    """Makes what takes the client's voice, once it has said hello."""
    is_proxied: bool = False
    """Whether somebody else connects for the client."""

    @property
    def network(self) -> str:
        """The network that the connection counts for."""
        return self.place.network
