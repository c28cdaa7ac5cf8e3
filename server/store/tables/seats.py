"""The table of seats, each of which has one ticket."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from operator import attrgetter

import msgspec

from roomcli.errors import StoreError

from ..seats import Seat
from .database import Database
from .engine import Row
from .saving import saving

_NAMES = tuple(field.name for field in fields(Seat))
_COLUMNS = ", ".join(_NAMES)
_SAVE = saving("seats", *_NAMES)
_row = attrgetter(*_NAMES)


class SeatTable:
    """The seats of all rooms; they are in memory too: whoever comes back waits for no disk."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._seats: dict[str, dict[str, Seat]] = {}  # by room and participant
        self._by_ticket: dict[str, Seat] = {}
        self._unreadable: dict[str, StoreError] = {}  # by room

    async def load(self) -> None:
        """Load all seats into memory. Raises StoreError."""
        query = self._database.query
        columns = f"SELECT {_COLUMNS} FROM seats"
        try:
            rows = await query(f"{columns} ORDER BY expires_at")
        except StoreError:
            rows = []
            for (room,) in await query("SELECT DISTINCT room FROM seats INDEXED BY seats_by_room"):
                try:
                    rows += await query(f"{columns} WHERE room = ? ORDER BY expires_at", (room,))
                except StoreError as error:
                    self._unreadable[room] = error
        self._put_rows(rows)

    async def read_anew(self, room: str) -> None:
        """Replace what is in memory of a room. Raises StoreError."""
        rows = await self._database.query(
            f"SELECT {_COLUMNS} FROM seats WHERE room = ? ORDER BY expires_at", (room,)
        )
        self._unreadable.pop(room, None)
        for id in list(self.of_room(room)):
            self._drop(room, id)
        self._put_rows(rows)

    def _put_rows(self, rows: Iterable[Row]) -> None:
        for row in rows:
            try:
                self._put(msgspec.convert(dict(zip(_NAMES, row, strict=True)), Seat, strict=False))
            except msgspec.ValidationError as error:
                self._unreadable[row[1]] = StoreError(f"one of its seats is damaged: {error}")

    def check(self, room: str) -> None:
        """Raise StoreError if some of the room's seats could not be loaded."""
        if room in self._unreadable:
            raise self._unreadable[room]

    def find(self, ticket_hash: str, now: float) -> Seat | None:
        seat = self._by_ticket.get(ticket_hash)
        return seat if seat is not None and seat.expires_at > now else None

    def of_room(self, room: str) -> Mapping[str, Seat]:
        return self._seats.get(room, {})

    def save(self, seat: Seat) -> None:
        self._drop(seat.room, seat.id)
        self._put(seat)
        self._database.enqueue_all(
            ("DELETE FROM seats WHERE room = ? AND id = ?", (seat.room, seat.id)),
            (_SAVE, _row(seat)),
        )

    def forget(self, room: str, id: str) -> None:
        self._drop(room, id)
        self._database.enqueue("DELETE FROM seats WHERE room = ? AND id = ?", (room, id))

    def forget_room(self, room: str) -> None:
        """Delete all seats of a room."""
        self._unreadable.pop(room, None)
        for id in list(self.of_room(room)):
            self._drop(room, id)
        self._database.enqueue("DELETE FROM seats WHERE room = ?", (room,))

    def forget_old(self, now: float) -> None:
        for seat in [each for each in self._by_ticket.values() if each.expires_at <= now]:
            self._drop(seat.room, seat.id)
        self._database.enqueue("DELETE FROM seats WHERE expires_at <= ?", (now,))

    def _put(self, seat: Seat) -> None:
        self._seats.setdefault(seat.room, {})[seat.id] = seat
        self._by_ticket[seat.ticket_hash] = seat

    def _drop(self, room: str, id: str) -> None:
        seats = self._seats.get(room, {})
        seat = seats.pop(id, None)
        if seat is not None:
            del self._by_ticket[seat.ticket_hash]
            if not seats:
                del self._seats[room]
