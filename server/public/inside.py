"""Counts connections in rooms by network, so that one household cannot fill the server."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from roomcli.errors import CommandRefused

from ..limits import ServerLimits


class Inside:
    """Counts connections in rooms by network.

    ``is_limited`` says whether the number is limited for a network.
    """

    def __init__(self, is_limited: Callable[[str], bool], limits: ServerLimits) -> None:
        self._is_limited = is_limited
        self._limits = limits
        self._by_network: Counter[str] = Counter()

    @property
    def total(self) -> int:
        """How many connections are in rooms, of all networks."""
        return self._by_network.total()

    def count_in(self, network: str) -> None:
        """Count one more connection from this network. Raises CommandRefused at the limit."""
        most = self._limits.connections.in_rooms_per_address
        if self._by_network[network] >= most and self._is_limited(network):
            text = f"{most} people of your network are in rooms here already"
            raise CommandRefused("too_many_connections", text)
        self._by_network[network] += 1

    def count_out(self, network: str) -> None:
        """Count one connection less from this network."""
        self._by_network[network] -= 1
        if not self._by_network[network]:
            del self._by_network[network]
