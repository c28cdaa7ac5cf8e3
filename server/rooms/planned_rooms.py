"""Who may open a room for a while, since something is planned in it; for rooms to ask."""

from __future__ import annotations

from typing import Protocol


class PlannedRooms(Protocol):
    """What is planned on a server, as far as rooms need to know of it."""

    def may_open(self, person: str, room: str, now: float) -> bool:
        """Whether somebody may open a room of this name now without the host token."""

    def may_open_for(self, person: str, room: str, community: str, now: float) -> bool:
        """Whether somebody may open a room of this community now, whatever they are in it."""


class NothingPlanned:
    """What is planned where there is no calendar."""

    def may_open(self, person: str, room: str, now: float) -> bool:
        return False

    def may_open_for(self, person: str, room: str, community: str, now: float) -> bool:
        return False
