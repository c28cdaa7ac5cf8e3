"""People in a room by id and by name, and how they are shown wherever they appear."""

from __future__ import annotations

from msgspec.structs import replace

from roomcli.protocol.evolve_view import without
from roomcli.protocol.people import Person

from ...people.skeleton import skeletons
from .participants import Participant
from .state import RoomState

Namesakes = dict[str, dict[str, tuple[str, ...]]]
"""Ids of persons by what a name reads as, and by the tail after it; those of whom something is
proven also by :data:`VERIFIED`, whatever their tail is."""
VERIFIED = "verified"
"""Stands in the place of a tail; it has letters that no tail has."""


def with_participant(state: RoomState, someone: Participant, person: Person) -> RoomState:
    """Return the room with this person in its audience, in one more seat."""
    state = renamed(state, person)
    seats, namesakes = state.seats.get(person.id, ()), state.namesakes
    return replace(
        state,
        people=state.people if seats else state.people | {person.id: person},
        seats=state.seats
        | {person.id: (*(each for each in seats if each != someone.id), someone.id)},
        participants=state.participants | {someone.id: someone},
        namesakes=namesakes if seats else _with_name(namesakes, person),
        departed=without(state.departed, someone.id),
    )


def without_participant(state: RoomState, someone: Participant) -> RoomState:
    """Return the room without this seat."""
    seats = tuple(each for each in state.seats[someone.person] if each != someone.id)
    if seats:
        left, namesakes = state.seats | {someone.person: seats}, state.namesakes
    else:
        left = without(state.seats, someone.person)
        namesakes = _without_name(state.namesakes, state.who(someone))
    return replace(
        state,
        participants=without(state.participants, someone.id),
        seats=left,
        namesakes=namesakes,
    )


def renamed(state: RoomState, person: Person) -> RoomState:
    """Return the room with this person shown anew everywhere, in the chat too."""
    before = state.people.get(person.id)
    if before is None or before == person:
        return state
    namesakes = state.namesakes
    if person.id in state.seats:
        namesakes = _with_name(_without_name(namesakes, before), person)
    return replace(
        state,
        people=state.people | {person.id: person},
        namesakes=namesakes,
        chat=tuple(each.renewed(person) for each in state.chat),
    )


def forgetting(before: RoomState, state: RoomState) -> RoomState:
    """Return the room without those people whom ``before`` named and nothing names any more."""
    gone = _named_no_more(before, state)
    if gone:
        gone -= _named_in_passing(state)
    if not gone:
        return state
    kept = {id: each for id, each in state.people.items() if id not in gone}
    return replace(state, people=kept)


def _named_no_more(before: RoomState, state: RoomState) -> set[str]:
    """Return who has no seat and was named by something that is there no longer."""
    gone: set[str] = set()
    if before.departed is not state.departed:
        left = before.departed.keys() - state.departed.keys()
        gone.update(before.departed[id].person for id in left)
    if before.front_row is not state.front_row:
        gone.update(before.front_row[id] for id in before.front_row.keys() - state.front_row.keys())
    if before.chat is not state.chat:
        gone.update({each.person for each in before.chat} - {each.person for each in state.chat})
    if before.stage_invitations is not state.stage_invitations:
        for invitation in before.stage_invitations.values():
            gone.update((invitation.person, invitation.by))
        gone.update(before.vain_invitations.values())
    return gone - state.seats.keys()


def _named_in_passing(state: RoomState) -> set[str]:
    named = {each.person for each in state.departed.values()}
    named.update(each.person for each in state.chat)
    named.update(state.front_row.values())
    for invitation in state.stage_invitations.values():
        named.update((invitation.person, invitation.by))
    named.update(state.vain_invitations.values())
    return named


def _with_name(namesakes: Namesakes, person: Person) -> Namesakes:
    more = dict(namesakes)
    for each in skeletons(person.name):
        alike = more.get(each, {})
        new = {mark: (*alike.get(mark, ()), person.id) for mark in _marks(person)}
        more[each] = alike | new
    return more


def _without_name(namesakes: Namesakes, person: Person) -> Namesakes:
    left = dict(namesakes)
    for each in skeletons(person.name):
        alike = dict(left.pop(each, {}))
        for mark in _marks(person):
            ids = tuple(id for id in alike.pop(mark, ()) if id != person.id)
            if ids:
                alike[mark] = ids
        if alike:
            left[each] = alike
    return left


def _marks(person: Person) -> tuple[str, ...]:
    return (person.tail, VERIFIED) if person.badges else (person.tail,)
