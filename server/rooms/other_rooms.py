"""The rooms that other servers have and everybody may know of, as a server lists them with its own.

Nobody but the server that has a room decides whether it is listed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from roomcli.protocol.listing import ListedRoom


class SeenRoom(Protocol):
    """A listed room, of this server or of another: what lists, home and searches need of it."""

    @property
    def name(self) -> str: ...

    @property
    def topic(self) -> str: ...

    @property
    def number_of_people(self) -> int: ...

    @property
    def on_stage(self) -> tuple[str, ...]:
        """The persons on stage, by the ids that they have on this server."""

    def listed(self) -> ListedRoom:
        """Return the room as those who are not in it know it."""


class OtherRooms(Protocol):
    """What this server knows of other servers' rooms; about a second old."""

    def far_rooms(self) -> Iterable[SeenRoom]:
        """Return the listed ones; none of a name that this server has the room of."""

    def far_room(self, name: str) -> SeenRoom | None:
        """Return one of those, by name."""

    def number_of(self, owner: str) -> int:
        """Return how many rooms there belong to somebody, by key; listed or not."""

    def number_from(self, network: str) -> int:
        """Return how many rooms there count for a network; listed or not."""


class NoOtherRooms:
    """The :class:`OtherRooms` of a server that is alone."""

    def far_rooms(self) -> Iterable[SeenRoom]:
        return ()

    def far_room(self, name: str) -> SeenRoom | None:
        return None

    def number_of(self, owner: str) -> int:
        return 0

    def number_from(self, network: str) -> int:
        return 0
