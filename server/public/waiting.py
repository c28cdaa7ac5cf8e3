"""Connections that are in no room yet: how many there may be, and which are closed for new ones.

Every new connection is let in. When there are too many, the network with most of them loses the one
that has waited longest without a hello, so that silent connections shut nobody out.
"""

from __future__ import annotations

from collections.abc import Callable

from ..limits import ServerLimits


class Place:
    """The place of one waiting connection; ``put_out`` ends the connection."""

    def __init__(self, waiting: Waiting, network: str, put_out: Callable[[], None]) -> None:
        self._waiting = waiting
        self.network = network
        self.put_out = put_out
        self.has_said_hello = False
        self.features: tuple[str, ...] = ()
        """What its client can do beyond the base protocol, as its hello says."""

    def move(self, network: str) -> None:
        """Count the connection for this network, as its proxy says."""
        if network != self.network:
            self.free()
            self.network = network
            self._waiting.admit(self)

    def free(self) -> None:
        """Give the place back: the connection is in a room, or closed. May be called again."""
        self._waiting.remove(self)


class Waiting:
    """All waiting connections. ``is_limited`` says whether a network's number is limited."""

    def __init__(
        self,
        is_limited: Callable[[str], bool] = lambda network: True,
        limits: ServerLimits | None = None,
    ) -> None:
        self._is_limited = is_limited
        self._limits = limits or ServerLimits()
        self._by_network: dict[str, dict[Place, None]] = {}
        self._total = 0
        self.pushed_out = 0
        """How many connections lost their place to a newer one."""

    @property
    def total(self) -> int:
        """How many connections wait."""
        return self._total

    def reserve(self, network: str, put_out: Callable[[], None]) -> Place:
        """Return a place for a new connection."""
        place = Place(self, network, put_out)
        self.admit(place)
        return place

    def admit(self, place: Place) -> None:
        """Add a place; if there are too many, put another connection out for it."""
        most = self._limits.connections
        own = self._by_network.get(place.network, {})
        if len(own) >= most.before_hello_per_address and self._is_limited(place.network):
            self._put_out_of(own)
        elif self._total >= most.before_hello:
            self._put_out_of(max(self._by_network.values(), key=len))
        self._by_network.setdefault(place.network, {})[place] = None
        self._total += 1

    def remove(self, place: Place) -> None:
        """Remove a place, if it is here."""
        own = self._by_network.get(place.network, {})
        if place in own:
            del own[place]
            self._total -= 1
            if not own:
                del self._by_network[place.network]

    def _put_out_of(self, places: dict[Place, None]) -> None:
        oldest = next((each for each in places if not each.has_said_hello), next(iter(places)))
        self.pushed_out += 1
        self.remove(oldest)
        oldest.put_out()
