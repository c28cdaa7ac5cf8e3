"""Those who have connected and are in no room yet: how many may be, and who goes for whom.

Whoever comes is let in. When there are too many, who has waited longest without a hello, of the
network with most of them, goes: silent connections shut the door to nobody.
"""

from __future__ import annotations

from collections.abc import Callable

MAX_WAITING = 2048
MAX_WAITING_PER_NETWORK = 512


class Place:
    """One who waits; ``put_out`` ends the connection."""

    def __init__(self, waiting: Waiting, network: str, put_out: Callable[[], None]) -> None:
        self._waiting = waiting
        self.network = network
        self.put_out = put_out
        self.has_said_hello = False

    def move(self, network: str) -> None:
        """It comes from this network, as its proxy says."""
        if network != self.network:
            self.free()
            self.network = network
            self._waiting.admit(self)

    def free(self) -> None:
        """It is in a room, or gone; once more does nothing."""
        self._waiting.remove(self)


class Waiting:
    """All places. ``is_limited`` says of a network whether its number of them is limited."""

    def __init__(self, is_limited: Callable[[str], bool] = lambda network: True) -> None:
        self._is_limited = is_limited
        self._by_network: dict[str, dict[Place, None]] = {}
        self._total = 0

    def reserve(self, network: str, put_out: Callable[[], None]) -> Place:
        """A place for somebody new."""
        place = Place(self, network, put_out)
        self.admit(place)
        return place

    def admit(self, place: Place) -> None:
        """Take this one in, for somebody else if there are too many."""
        own = self._by_network.get(place.network, {})
        if len(own) >= MAX_WAITING_PER_NETWORK and self._is_limited(place.network):
            self._put_out_of(own)
        elif self._total >= MAX_WAITING:
            self._put_out_of(max(self._by_network.values(), key=len))
        self._by_network.setdefault(place.network, {})[place] = None
        self._total += 1

    def remove(self, place: Place) -> None:
        """Forget this one, if it is here."""
        own = self._by_network.get(place.network, {})
        if place in own:
            del own[place]
            self._total -= 1
            if not own:
                del self._by_network[place.network]

    def _put_out_of(self, places: dict[Place, None]) -> None:
        oldest = next((each for each in places if not each.has_said_hello), next(iter(places)))
        self.remove(oldest)
        oldest.put_out()
