"""Who is here, by id and by what their names read as; how they are shown wherever they stand."""

from __future__ import annotations

from msgspec.structs import replace

from roomcli.protocol.people import Person
from roomcli.protocol.room import renewed, without

from .state import Participant, RoomState


def with_participant(state: RoomState, someone: Participant) -> RoomState:
    """The room when this person is in its audience."""
    id, alike = someone.person.id, state.namesakes
    return replace(
        state,
        participants=state.participants | {id: someone},
        namesakes=alike | {each: (*alike.get(each, ()), id) for each in someone.skeletons},
        departed=without(state.departed, id),
    )


def without_participant(state: RoomState, someone: Participant) -> RoomState:
    """The room when this person is in it no longer."""
    left, id = dict(state.namesakes), someone.person.id
    for each in someone.skeletons:
        ids = tuple(other for other in left.pop(each, ()) if other != id)
        if ids:
            left[each] = ids
    return replace(state, participants=without(state.participants, id), namesakes=left)


def renamed(state: RoomState, person: Person) -> RoomState:
    """Whoever looks at the stage, the queue, the front row or the chat sees this person so now."""
    someone = state.participants.get(person.id)
    if someone is None:
        return state
    front_row = state.front_row
    if person.id in front_row:
        front_row = front_row | {person.id: person}
    return replace(
        state,
        participants=state.participants | {person.id: replace(someone, person=person)},
        hands=renewed(state.hands, person),
        front_row=front_row,
        chat=tuple(
            replace(each, person=person) if each.person.id == person.id else each
            for each in state.chat
        ),
    )
