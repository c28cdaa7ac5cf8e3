"""People in a room by id and by name, and how they are shown wherever they appear."""

from __future__ import annotations

from msgspec.structs import replace

from roomcli.protocol.evolve_view import without
from roomcli.protocol.people import Person
from roomcli.protocol.queue import renewed

from .participants import Participant
from .state import RoomState

Namesakes = dict[str, dict[str, tuple[str, ...]]]
"""Ids by what a name reads as, and by the tail after it."""


def with_participant(state: RoomState, someone: Participant) -> RoomState:
    """Return the room with this person in its audience."""
    id = someone.person.id
    return replace(
        state,
        participants=state.participants | {id: someone},
        namesakes=_with_name(state.namesakes, someone),
        departed=without(state.departed, id),
    )


def without_participant(state: RoomState, someone: Participant) -> RoomState:
    """Return the room without this person."""
    return replace(
        state,
        participants=without(state.participants, someone.person.id),
        namesakes=_without_name(state.namesakes, someone),
    )


def renamed(state: RoomState, person: Person) -> RoomState:
    """Return the room with this person shown anew on stage, in queue, front row and chat."""
    someone = state.participants.get(person.id)
    if someone is None:
        return state
    front_row, changed = state.front_row, replace(someone, person=person)
    if person.id in front_row:
        front_row = front_row | {person.id: person}
    return replace(
        state,
        participants=state.participants | {person.id: changed},
        namesakes=_with_name(_without_name(state.namesakes, someone), changed),
        hands=renewed(state.hands, person),
        front_row=front_row,
        chat=tuple(
            replace(each, person=person) if each.person.id == person.id else each
            for each in state.chat
        ),
    )


def _with_name(namesakes: Namesakes, someone: Participant) -> Namesakes:
    person, more = someone.person, dict(namesakes)
    for each in someone.skeletons:
        alike = more.get(each, {})
        more[each] = alike | {person.tail: (*alike.get(person.tail, ()), person.id)}
    return more


def _without_name(namesakes: Namesakes, someone: Participant) -> Namesakes:
    person, left = someone.person, dict(namesakes)
    for each in someone.skeletons:
        alike = dict(left.pop(each, {}))
        ids = tuple(id for id in alike.pop(person.tail, ()) if id != person.id)
        if ids:
            alike[person.tail] = ids
        if alike:
            left[each] = alike
    return left
