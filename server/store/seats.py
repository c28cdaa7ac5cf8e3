"""Seats: what a resume ticket brings back."""

from __future__ import annotations

from dataclasses import astuple, dataclass

from roomcli.protocol.people import Role

from .database import Database


@dataclass(frozen=True)
class Seat:
    """What a resume ticket brings back; the ticket itself is known by its hash only."""

    ticket_hash: str
    room: str
    id: str
    key: str
    role: Role
    silenced: bool
    hand_at: float | None
    expires_at: float


class Seats(Database):
    """The table of seats."""

    async def seat(self, ticket_hash: str, now: float) -> Seat | None:
        """The seat that a ticket stands for, if it is still good."""
        rows = await self._ask(
            "SELECT * FROM seats WHERE ticket_hash = ? AND expires_at > ?", (ticket_hash, now)
        )
        if not rows:
            return None
        hash_, room, id_, key, role, silenced, hand_at, expires_at = rows[0]
        return Seat(hash_, room, id_, key, role, bool(silenced), hand_at, expires_at)

    def save_seat(self, seat: Seat) -> None:
        """The seat is as given from now on."""
        self._tell("INSERT OR REPLACE INTO seats VALUES (?, ?, ?, ?, ?, ?, ?, ?)", astuple(seat))

    def forget_seat(self, room: str, id: str) -> None:
        """No ticket brings this participant back."""
        self._tell("DELETE FROM seats WHERE room = ? AND id = ?", (room, id))
