"""Seats, events and messages of people, for tests that have a person at hand.

A person's id is in capitals, and their seat's id is the same in small letters: so a test sees one
where the other belongs.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec.structs import replace

from roomcli.protocol import events as e
from roomcli.protocol.chat import ChatMessage
from roomcli.protocol.people import Hand, Person, Role, Speaker
from roomcli.protocol.view import RoomView


def someone(seat: str, name: str, headline: str = "", key: str = "", tail: str = "") -> Person:
    """Make the person whose seat has this id."""
    return Person(seat.upper(), name, headline, key, tail)


def seat(person: Person) -> str:
    """Return the id of a person's seat."""
    return person.id.lower()


def by_id(*people: Person) -> dict[str, Person]:
    """Return people by their ids."""
    return {each.id: each for each in people}


def seats(*people: Person) -> dict[str, str]:
    """Return the ids of people by their seats."""
    return {seat(each): each.id for each in people}


def speaker(person: Person, role: Role, slot: int, generation: int, **changes: Any) -> Speaker:
    """Make the entry of a person on stage."""
    return Speaker(seat(person), person.id, role, slot, generation, **changes)


def hand(person: Person, at: float, topic: str = "", spoken: float = 0.0) -> Hand:
    """Make a person's hand."""
    return Hand(seat(person), person.id, at, topic, spoken)


def participant_joined(person: Person) -> e.ParticipantJoined:
    """Make the event that brings a person into the front row."""
    return e.ParticipantJoined(id=seat(person), person=person.id, people=by_id(person))


def hand_raised(person: Person, at: float, **fields: Any) -> e.HandRaised:
    """Make the event of a raised hand."""
    return e.HandRaised(id=seat(person), person=person.id, at=at, people=by_id(person), **fields)


def invited_to_stage(person: Person, by: Person) -> e.InvitedToStage:
    """Make the event of an invitation on stage."""
    return e.InvitedToStage(id=seat(person), person=person.id, by=by.id, people=by_id(person, by))


def stage_joined(
    person: Person, role: Role, slot: int, generation: int, **changes: Any
) -> e.StageJoined:
    """Make the event of coming on stage."""
    someone = speaker(person, role, slot, generation, **changes)
    return e.StageJoined(speaker=someone, people=by_id(person))


def chat_message(
    person: Person, number: int, text: str, at: float, reply_to: int | None = None
) -> ChatMessage:
    """Make a message that a person wrote."""
    name, tail = person.name, person.tail
    return ChatMessage(
        number=number, person=person.id, name=name, tail=tail, text=text, at=at, reply_to=reply_to
    )


def chat_posted(
    person: Person, number: int, text: str, at: float, reply_to: int | None = None
) -> e.ChatPosted:
    """Make the event of a message that a person wrote."""
    message = chat_message(person, number, text, at, reply_to)
    return e.ChatPosted(message=message, people=by_id(person))


def people_page(people: Iterable[Person], **fields: Any) -> e.PeoplePage:
    """Make a page of a list of people; without other ``fields`` it is the whole list."""
    listed = tuple(people)
    whole: dict[str, Any] = {"offset": 0, "total": len(listed)}
    return e.PeoplePage(seats=seats(*listed), people=by_id(*listed), **whole | fields)


def complete(view: RoomView, *people: Person) -> RoomView:
    """Return the view with those of these people whom it names, and those whom it has."""
    known = view.people | by_id(*people)
    return replace(view, people={id: known[id] for id in view.named if id in known})
