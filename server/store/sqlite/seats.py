"""Seats: the places that resume tickets bring back.

Seats are in memory too, and looked up there: whoever comes back waits for no disk, and a ticket
that was ended is invalid at once.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields

import msgspec

from roomcli.errors import StoreError
from roomcli.protocol.people import Role

from .database import Database


@dataclass(frozen=True)
class Seat:
    """A seat that a resume ticket brings back; only the hash of the ticket is known.

    ``tail`` is what was shown after the name.
    """

    ticket_hash: str
    room: str
    id: str
    key: str
    name: str
    role: Role
    hand_at: float | None
    expires_at: float
    tail: str = ""


_NAMES = tuple(field.name for field in fields(Seat))
_COLUMNS = ", ".join(_NAMES)
_PLACES = ", ".join("?" for _ in _NAMES)


class Seats(Database):
    """The table of seats; each seat has one ticket."""

    _seats: dict[str, dict[str, Seat]]
    """Seats by room and participant."""
    _by_ticket: dict[str, Seat]

    _unreadable: dict[str, StoreError]
    """The errors of rooms in which some seats are damaged."""

    async def load_seats(self) -> None:
        """Load all seats into memory. Raises StoreError."""
        self._seats, self._by_ticket, self._unreadable = {}, {}, {}
        columns = f"SELECT {_COLUMNS} FROM seats"
        try:
            rows = await self._query(f"{columns} ORDER BY expires_at")
        except StoreError:
            rows = []
            for (room,) in await self._query(
                "SELECT DISTINCT room FROM seats INDEXED BY seats_by_room"
            ):
                try:
                    rows += await self._query(
                        f"{columns} WHERE room = ? ORDER BY expires_at", (room,)
                    )
                except StoreError as error:
                    self._unreadable[room] = error
        for row in rows:
            try:
                self._put(msgspec.convert(dict(zip(_NAMES, row, strict=True)), Seat, strict=False))
            except msgspec.ValidationError as error:
                self._unreadable[row[1]] = StoreError(f"one of its seats is damaged: {error}")

    def check_seats(self, room: str) -> None:
        """Raise StoreError if some of the room's seats could not be loaded."""
        if room in self._unreadable:
            raise self._unreadable[room]

    def seat(self, ticket_hash: str, now: float) -> Seat | None:
        """Return the seat that a ticket stands for, if the ticket is still valid."""
        seat = self._by_ticket.get(ticket_hash)
        return seat if seat is not None and seat.expires_at > now else None

    def seats(self, room: str) -> dict[str, Seat]:
        """Return the seats of a room by participant, the longest unchanged first."""
        return self._seats.get(room, {})

    def save_seat(self, seat: Seat) -> None:
        """Save a seat with its ticket; it replaces the seat's earlier ticket."""
        self._drop(seat.room, seat.id)
        self._put(seat)
        self._tell_all(
            ("DELETE FROM seats WHERE room = ? AND id = ?", (seat.room, seat.id)),
            (f"INSERT OR REPLACE INTO seats ({_COLUMNS}) VALUES ({_PLACES})", astuple(seat)),
        )

    def forget_seat(self, room: str, id: str) -> None:
        """Delete a participant's seat, so that no ticket brings them back."""
        self._drop(room, id)
        self._enqueue("DELETE FROM seats WHERE room = ? AND id = ?", (room, id))

    def forget_old_seats(self, now: float) -> None:
        """Delete the seats whose tickets have expired."""
        for seat in [each for each in self._by_ticket.values() if each.expires_at <= now]:
            self._drop(seat.room, seat.id)
        self._enqueue("DELETE FROM seats WHERE expires_at <= ?", (now,))

    def _put(self, seat: Seat) -> None:
        self._seats.setdefault(seat.room, {})[seat.id] = seat
        self._by_ticket[seat.ticket_hash] = seat

    def _drop_all(self, room: str) -> None:
        self._unreadable.pop(room, None)
        for id in list(self.seats(room)):
            self._drop(room, id)

    def _drop(self, room: str, id: str) -> None:
        seats = self._seats.get(room, {})
        seat = seats.pop(id, None)
        if seat is not None:
            del self._by_ticket[seat.ticket_hash]
            if not seats:
                del self._seats[room]
