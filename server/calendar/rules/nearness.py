"""What somebody has to do with a calendar event: what is theirs stands first at home."""

from __future__ import annotations

from collections.abc import Collection
from enum import IntEnum

from msgspec import Struct

from .state import CalendarEvent


class Nearness(IntEnum):
    """How near something planned is to a person; what is less stands first."""

    OWN = 0
    """They organise it or speak, or said that they come, or may."""
    CHOSEN = 1
    """It is of a community, or of people, that they chose."""
    ASKED = 2
    """Somebody else asks them to come."""
    OTHER = 3


class Circle(Struct, frozen=True, kw_only=True):
    """Whom somebody chose, by ids: communities that they are in or follow, people they follow."""

    communities: Collection[str] = ()
    people: Collection[str] = ()


def nearness_of(event: CalendarEvent, day: str, person: str, circle: Circle) -> Nearness:
    """Return how near one time of a calendar event is to somebody.

    Who is only asked to take part in it, and has not agreed, brings it near to nobody.
    """
    answer = event.answer_of(person, day)
    if answer is not None and answer.reply != "no":
        return Nearness.OWN
    if event.organises(person) or event.speaks(person):
        return Nearness.OWN
    agreed = (each for each in event.agreed if each in circle.people)
    if event.plan.community in circle.communities or any(agreed):
        return Nearness.CHOSEN
    if event.asks(person) and answer is None:
        return Nearness.ASKED
    return Nearness.OTHER
