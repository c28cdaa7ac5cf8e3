"""Rooms that other servers decide about, where there are any, as connections here see them."""

from __future__ import annotations

from typing import Protocol

from roomcli.protocol import commands as c

from ..client_connection import ClientConnection
from .client import KnownClient


class Visit(Protocol):
    """One visit to a room, wherever that is."""

    @property
    def number(self) -> int:
        """The number that the visit has on the client's connection, at present."""

    async def run(self) -> c.EnterRoom | None:
        """Serve until the visit is over; return the wish for the next room, if there is one.

        Where more than the visit is over, this ends the connection.
        """


class Elsewhere(Protocol):
    """The other servers of a cluster."""

    async def far_visit(self, client: KnownClient, wish: c.EnterRoom, visit: int) -> Visit | None:
        """Return the visit of a room that another server has; None where this one decides.

        ``visit`` is the number of the client's latest visit. Raises CommandRefused.
        """

    def add_client(self, connection: ClientConnection) -> None:
        """Tell a client from now on where the other servers are."""

    def remove_client(self, connection: ClientConnection) -> None:
        """Tell a client nothing more; may be called for one that was never added."""
