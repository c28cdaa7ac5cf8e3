"""How many people are in a server's rooms, and in which roles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from roomcli.protocol.people import Role

from .room import Room

ROLES: tuple[Role, ...] = ("host", "cohost", "speaker", "listener")


class Census(NamedTuple):
    """The number of rooms, and of the seats in all of them, by role.

    Of these seats ``away`` are kept for people whose connection is lost.
    """

    rooms: int
    seats: Mapping[str, int]
    away: int


def count_seats(rooms: Iterable[Room]) -> Census:
    """Count the seats in these rooms; it takes as long as their stages are, not their audiences."""
    seats: Counter[Role] = Counter()
    number = away = 0
    for room in rooms:
        number += 1
        state = room.state
        seats.update(state.participants[id].role for id in state.stage)
        seats["listener"] += state.audience_now
        away += len(state.dropped)
    return Census(number, {role: seats[role] for role in ROLES}, away)
