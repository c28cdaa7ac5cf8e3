"""Seats: the places that resume tickets bring back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from roomcli.protocol.people import Role


@dataclass(frozen=True)
class Seat:
    """A seat that a resume ticket brings back; only the hash of the ticket is known.

    ``key`` names the person, ``signer`` is that key of theirs by which they signed in. ``tail`` is
    what was shown after the name. ``hand_topic`` is what they raised their hand for.
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
    signer: str = ""
    hand_topic: str = ""


class Seats(Protocol):
    """The seats of all rooms, each with one ticket.

    They are looked up without waiting, and a ticket that was ended is invalid at once.
    """

    def find(self, ticket_hash: str, now: float) -> Seat | None:
        """Return the seat that a ticket stands for, if the ticket is still valid."""

    def of_room(self, room: str) -> Mapping[str, Seat]:
        """Return the seats of a room by participant, the longest unchanged first."""

    def save(self, seat: Seat) -> None:
        """Save a seat with its ticket; it replaces the seat's earlier ticket."""

    def forget(self, room: str, id: str) -> None:
        """Delete a participant's seat, so that no ticket brings them back."""

    def forget_old(self, now: float) -> None:
        """Delete the seats whose tickets have expired."""
