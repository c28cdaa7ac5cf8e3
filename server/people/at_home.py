"""Connections that are in no room: how many there may be of a person, a network and in all.

Nobody who comes home is turned away. When there are too many, the connection that has done nothing
for longest is closed; when there are too many in all, that of the network with most of them, so
that a few networks cannot push everybody else out. Of those in rooms this module knows nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from roomcli.protocol import events as e

from ..limits import ServerLimits

IDLE = e.Goodbye(
    code="superseded",
    text="too many connections are here in no room, and this one did nothing for longest",
)


class HomePlace:
    """The place of one connection at home; ``end`` closes the connection with a goodbye."""

    def __init__(
        self, homes: AtHome, key: str, network: str, end: Callable[[e.Goodbye], None]
    ) -> None:
        self._homes = homes
        self.key = key
        self.network = network
        self.end = end
        self.is_busy = False
        """Whether it is about to enter a room, or in one of another server, and so not idle."""

    def stir(self) -> None:
        """Note that the person did something just now."""
        self._homes.renew(self)

    def leave(self) -> None:
        """Give the place back: the connection is in a room, or closed. May be called again."""
        self._homes.remove(self)


class AtHome:
    """All connections at home. ``is_limited`` says whether a network's number is limited."""

    def __init__(
        self,
        is_limited: Callable[[str], bool] = lambda network: True,
        limits: ServerLimits | None = None,
    ) -> None:
        self._is_limited = is_limited
        self._limits = limits or ServerLimits()
        # In each group, who did something last is last.
        self._groups: dict[tuple[str, str], dict[HomePlace, None]] = {}
        self._closing: e.Goodbye | None = None

    @property
    def total(self) -> int:
        """How many connections are at home, without those that enter a room, or are in one."""
        return sum(not each.is_busy for each in self._groups.get(_ALL, ()))

    def enter(self, key: str, network: str, end: Callable[[e.Goodbye], None]) -> HomePlace:
        """Return a place for a connection that comes home."""
        place = HomePlace(self, key, network, end)
        if self._closing is not None:
            end(self._closing)
            return place
        most_of = self._limits.connections
        each_most = (most_of.at_home_per_person, most_of.at_home_per_address, most_of.at_home)
        for group, most in zip(_groups_of(place), each_most, strict=True):
            if group[0] == "network" and not self._is_limited(network):
                continue
            if len(self._groups.get(group, ())) >= most:
                self._end_idlest(self._fullest_network() if group == _ALL else group)
        self.renew(place)
        return place

    def renew(self, place: HomePlace) -> None:
        """Count the connection as the one that did something last."""
        for group in _groups_of(place):
            places = self._groups.setdefault(group, {})
            places.pop(place, None)
            places[place] = None

    def remove(self, place: HomePlace) -> None:
        """Remove a place, if it is here."""
        for group in _groups_of(place):
            places = self._groups.get(group, {})
            places.pop(place, None)
            if not places:
                self._groups.pop(group, None)

    def end_person(self, key: str, goodbye: e.Goodbye) -> None:
        """Close the connections of one person."""
        for place in tuple(self._groups.get(("key", key), ())):
            self._end(place, goodbye)

    def close(self, goodbye: e.Goodbye) -> None:
        """Close all connections, and from now on each that comes home."""
        self._closing = goodbye
        for place in tuple(self._groups.get(_ALL, ())):
            self._end(place, goodbye)

    def _fullest_network(self) -> tuple[str, str]:
        networks = (group for group in self._groups if group[0] == "network")
        return max(networks, key=lambda group: len(self._groups[group]))

    def _end_idlest(self, group: tuple[str, str]) -> None:
        idle = (each for each in self._groups[group] if not each.is_busy)
        idlest = next(idle, None)
        if idlest is not None:
            self._end(idlest, IDLE)

    def _end(self, place: HomePlace, goodbye: e.Goodbye) -> None:
        self.remove(place)
        place.end(goodbye)


_ALL = ("all", "")


def _groups_of(place: HomePlace) -> tuple[tuple[str, str], ...]:
    return ("key", place.key), ("network", place.network), _ALL
