"""Who is shown with the tail of their key, so that nobody passes for somebody else.

Whoever comes under a name that reads the same as that of somebody there carries it, until they
leave. Beside the rightful host, a host or a co-host it is always the other, whoever came first.
Seats of one key are one person, who is told apart from others and not from themselves.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from msgspec.structs import replace

from roomcli.protocol.events import PersonChanged, RoleChanged, StageJoined
from roomcli.protocol.people import Person, Role

from .evolve import evolve
from .journal import Entered, JournalEvent, SteppedDown
from .state import RoomState

TAIL = 4
"""So many of the last digits of a key make its tail, or more where two agree in them."""
_RANKS: dict[Role, int] = {"host": 2, "cohost": 1, "speaker": 0, "listener": 0}
_OWNER = 3
_RANKING = (RoleChanged, StageJoined, SteppedDown)
"""What makes somebody stand higher or lower than before."""


def introduced(state: RoomState, person: Person, skeletons: tuple[str, ...], role: Role) -> Person:
    """A newcomer, who is going to have this role, as the room has to show them."""
    mine, others = _alike(state, skeletons, person.key)
    before = state.departed.get(person.id)
    if before is not None and _is_same(before.person, person):
        mine.append(before.person)  # back at their seat
    ranks = _ranks(state)
    rank = max(ranks.get(person.key, 0), _RANKS[role])
    rivals = [each for each in others if ranks.get(each.key, 0) >= rank]
    taken = {each.tail for each in others}
    if rank and not rivals:
        return replace(person, tail="")
    for each in mine:
        if each.tail not in taken:
            return replace(person, tail=each.tail)
    return replace(person, tail=_tail(person.key, taken) if rivals else "")


def with_names(state: RoomState, events: list[JournalEvent]) -> list[JournalEvent]:
    """``events``, and after them what else people are called, where ranks have changed by them."""
    comers = [
        event.person.id
        for event in events
        if isinstance(event, Entered) and event.person.key == state.owner
    ]
    if not comers and not any(isinstance(event, _RANKING) for event in events):
        return events
    events = list(events)
    for event in events:
        state = evolve(state, event)
    for id in dict.fromkeys([*comers, *state.stage]):
        for change in _renamed(state, id):
            events.append(change)
            state = evolve(state, change)
    return events


def _renamed(state: RoomState, id: str) -> Iterable[PersonChanged]:
    """Those below who read the same are told apart from this person, who needs no tail then."""
    me, ranks = state.participants[id], _ranks(state)
    rank = ranks.get(me.person.key, 0)
    if not rank:
        return
    mine, others = _alike(state, me.skeletons, me.person.key)
    for other in others:
        if ranks.get(other.key, 0) < rank and not other.tail:
            yield PersonChanged(person=_told_apart(state, other))
    if all(_yields(each, ranks.get(each.key, 0), rank) for each in others):
        for each in mine:
            if each.tail:
                yield PersonChanged(person=replace(each, tail=""))


def _yields(other: Person, theirs: int, rank: int) -> bool:
    return theirs < rank or (theirs == rank and bool(other.tail))


def _told_apart(state: RoomState, person: Person) -> Person:
    skeletons = state.participants[person.id].skeletons
    _, others = _alike(state, skeletons, person.key)
    return replace(person, tail=_tail(person.key, {each.tail for each in others}))


def _is_same(one: Person, other: Person) -> bool:
    return (one.key, one.name) == (other.key, other.name)


def _alike(
    state: RoomState, skeletons: Iterable[str], key: str
) -> tuple[list[Person], list[Person]]:
    """Who is here under a name that reads the same: with this key, and with another."""
    ids = dict.fromkeys(id for each in skeletons for id in state.namesakes.get(each, ()))
    people = [state.participants[id].person for id in ids]
    mine = [each for each in people if each.key == key]
    return mine, [each for each in people if each.key != key]


def _ranks(state: RoomState) -> dict[str, int]:
    """How high people stand, by key, as far as they do: for a person it is their best seat."""
    ranks: dict[str, int] = {}
    for id in state.stage:
        someone = state.participants[id]
        key = someone.person.key
        ranks[key] = max(ranks.get(key, 0), _RANKS[someone.role])
    return ranks | {state.owner: _OWNER}


def _tail(key: str, taken: Collection[str]) -> str:
    for digits in range(TAIL, len(key)):
        if key[-digits:] not in taken:
            return key[-digits:]
    return key
