"""The server's clock, as a room tells it: what runs out by it, and since when things are. Pure."""

from __future__ import annotations

from math import ceil
from typing import NamedTuple

from ...protocol.people import Hand, Speaker
from ...protocol.times import TURN_GRACE
from ...protocol.view import RoomView

LATE = 0.2
"""Seconds by which news may be late without a turn starting with a second less."""


class TurnLeft(NamedTuple):
    """Whole seconds left of a person's turn; if ``over``, of the time in which to finish."""

    seconds: int
    over: bool


class RoomClock:
    """Converts between the server's clock and this machine's.

    ``wall`` is always the time of this machine, in seconds since 1970.
    """

    def __init__(self) -> None:
        self._ahead = 0.0

    def set_clock(self, server_time: float, wall: float) -> None:
        """Take the server's time, as it tells it now."""
        self._ahead = server_time - wall

    def server_time(self, wall: float) -> float:
        """Convert a time of this machine to the server's clock."""
        return wall + self._ahead

    def local_time(self, at: float) -> float:
        """Convert a time of the server's clock to the clock of this machine."""
        return at - self._ahead

    def waited(self, hand: Hand, wall: float) -> float:
        """Return the seconds since a hand went up."""
        return max(0.0, self.server_time(wall) - hand.at)

    def turn_left(self, speaker: Speaker | None, wall: float) -> TurnLeft | None:
        """Return what is left of a speaker's turn; None if the turn has no end."""
        left = self._until(speaker.turn_ends_at if speaker else None, wall)
        if left is None:
            return None
        whole, grace = max(0, ceil(left - LATE)), int(TURN_GRACE)
        return TurnLeft(whole, True) if whole <= grace else TurnLeft(whole - grace, False)

    def host_back_in(self, view: RoomView | None, wall: float) -> float | None:
        """Return the seconds until a dropped host loses the place; None while the host is here."""
        host = view.host if view else None
        return self._until(host.kept_until if host else None, wall)

    def closes_in(self, view: RoomView | None, wall: float) -> float | None:
        """Return the seconds until the room closes for lack of a host; None while there is one."""
        return self._until(view.closes_at if view else None, wall)

    def _until(self, at: float | None, wall: float) -> float | None:
        return None if at is None else max(0.0, at - self.server_time(wall))
