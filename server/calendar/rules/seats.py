"""Who has a seat, and who waits for one, in the order in which they asked.

Seats are not handed out but reckoned: of all who want to come, the first have the seats and the
others wait in their order. So there are never more than there is room for, whoever gives up a seat
gives it to the first who waits, and whatever changes (an answer, the capacity, the plan) the order
stays. Speakers and organisers need no seat.
"""

from __future__ import annotations

from typing import NamedTuple

from .state import ONCE, CalendarEvent


class Attendance(NamedTuple):
    """Who comes to one time: with a seat, and waiting for one; the first in the order first."""

    seated: tuple[str, ...]
    waiting: tuple[str, ...]

    def place(self, person: str) -> int:
        """Return somebody's place on the waiting list, from 1; 0 for who does not wait."""
        return self.waiting.index(person) + 1 if person in self.waiting else 0


def attendance(event: CalendarEvent, day: str) -> Attendance:
    """Return who comes to one time that a calendar event takes place."""
    answers = {**event.answers.get(ONCE, {}), **event.answers.get(day, {})}
    wishes = sorted(
        (answer.number, person)
        for person, answer in answers.items()
        if answer.reply == "yes" and not needs_no_seat(event, person)
    )
    order = tuple(person for _, person in wishes)
    capacity = event.plan.capacity
    if capacity is None:
        return Attendance(order, ())
    return Attendance(order[:capacity], order[capacity:])


def needs_no_seat(event: CalendarEvent, person: str) -> bool:
    """Whether somebody has a place on the stage, or runs the evening."""
    return event.speaks(person) or event.organises(person)
