"""How voice gets from one server of a cluster to the others, whatever carries it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class VoiceBus(Protocol):
    """Carries the bundles of rooms between servers. Nothing here waits."""

    @property
    def is_whole(self) -> bool:
        """Whether bundles go out and come in; else each server has its own people alone."""

    def publish(self, room: str, bundle: bytes) -> bool:
        """Send what this server's speakers said in one tick to all other servers with the room.

        Return whether it is on its way; if not, it is dropped and counted.
        """

    def subscribe(self, room: str) -> None:
        """Hear a room from now on, as soon as that is possible: it has people here."""

    def unsubscribe(self, room: str) -> None:
        """Hear a room no more."""


class BusListener(Protocol):
    """Is told what comes over a bus, each time on the thread of Trio, and waits for nothing."""

    def hear_bundle(self, room: str, bundle: bytes) -> None:
        """Take a bundle that another server published in a room."""

    def cut_off(self, reason: str) -> None:
        """Take note that nothing goes out or comes in; the reason is a line for a person.

        Told once each time, and at the start if the bus cannot be reached.
        """

    def bus_joined(self) -> None:
        """Take note that bundles go out, and those of all rooms that are subscribed to come in."""


@dataclass
class BusTraffic:
    """What a bus has carried, counted from its start."""

    published: int = 0
    dropped: int = 0
    """Bundles of this server that did not go out: cut off, or the connection was behind."""
    heard: int = 0
    """Bundles of other servers."""
    cuts: int = 0
