"""A person together with the id by which commands name them."""

from __future__ import annotations

from typing import NamedTuple

from ...protocol.people import Person
from ...protocol.view import RoomView


class Named(NamedTuple):
    """A person, and the id for commands: that of their seat, or their own if no seat is known."""

    id: str
    person: Person


def with_seat(person: Person, view: RoomView | None) -> Named:
    """Return the person with the seat that they have in view, on stage first."""
    seat = view.seat_of(person.id) if view is not None else None
    return Named(seat or person.id, person)
