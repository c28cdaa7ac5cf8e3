"""The tails of keys after names, so that nobody passes for somebody else.

Whoever comes under a name that reads the same as that of somebody in the room carries a tail until
they leave. Beside the rightful host, a host or a co-host it is always the other who carries the
tail, whoever came first. All seats of a person have the same name and tail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec.structs import replace

from roomcli.protocol import events as e
from roomcli.protocol.people import Person, Role
from roomcli.protocol.permissions import RANKS

from ...people.skeleton import skeletons
from . import journal as j
from .evolve import evolve
from .state import RoomState

TAIL = 4
"""The number of a key's last digits that make its tail; more where two keys agree in them."""
_OWNER = 1 + max(RANKS.values())
_RANKING = (e.RoleChanged, e.StageJoined, j.SteppedDown, e.PersonChanged)
"""The events that change somebody's rank, or the name that it protects."""


def introduced(state: RoomState, seat: str, person: Person, role: Role) -> Person:
    """Return who takes this seat, and will have this role, with the tail that their name needs."""
    alike, rank_of = _Alike(state, person), _ranks(state)
    rank = max(rank_of(person), RANKS[role])
    if rank:
        rivals = any(rank_of(each) >= rank for each in alike.notable)
        if not rivals:
            return replace(person, tail="")
    else:
        rivals = alike.has_others
    known = state.people.get(person.id)
    if known is not None and not alike.reads_otherwise(known.name):
        is_back = person.id in state.seats or seat in state.departed
        if is_back and not alike.takes(known.tail):
            return replace(person, tail=known.tail)
    return replace(person, tail=alike.free_tail() if rivals else "")


def with_names(state: RoomState, events: list[j.JournalEvent]) -> list[j.JournalEvent]:
    """Return ``events``, and after them the changes of names that new ranks make necessary."""
    comers = [
        event.person.id
        for event in events
        if isinstance(event, j.Entered | e.PersonChanged) and event.person.key == state.owner
    ]
    if not comers and not any(isinstance(event, _RANKING) for event in events):
        return events
    events = list(events)
    for event in events:
        state = evolve(state, event)
    on_stage = [state.participants[id].person for id in state.stage]
    for id in dict.fromkeys([*comers, *on_stage]):
        for change in _renamed(state, id):
            events.append(change)
            state = evolve(state, change)
    return events


def _renamed(state: RoomState, id: str) -> Iterable[e.PersonChanged]:
    """Yield the changes of names that make this ranked person stand out.

    People of lower rank whose names read the same get a tail; the person's own tail goes if nobody
    of the same rank needs it.
    """
    me, rank_of = state.people[id], _ranks(state)
    rank = rank_of(me)
    if not rank:
        return
    alike = _Alike(state, me)
    for other in alike.notable:
        if rank_of(other) < rank and not other.tail:
            yield e.PersonChanged(person=replace(other, tail=_Alike(state, other).free_tail()))
    if me.tail and all(_yields(each, rank_of(each), rank) for each in alike.notable):
        yield e.PersonChanged(person=replace(me, tail=""))


def _yields(other: Person, theirs: int, rank: int) -> bool:
    return theirs < rank or (theirs == rank and bool(other.tail))


class _Alike:
    """The people here whose names read the same as that of this person.

    However many they are, only a few of them are looked at.
    """

    def __init__(self, state: RoomState, me: Person) -> None:
        self._state, self._me, self._skeletons = state, me, skeletons(me.name)
        self._by_tail = [state.namesakes.get(each, {}) for each in self._skeletons]

    @property
    def has_others(self) -> bool:
        """Whether somebody else is among them."""
        ids = (id for group in self._by_tail for each in group.values() for id in each)
        return any(id != self._me.id for id in ids)

    @property
    def notable(self) -> list[Person]:
        """Those of the others who are on stage or have no tail."""
        state = self._state
        on_stage = [
            person
            for person in map(state.who, map(state.participants.__getitem__, state.stage))
            if not self.reads_otherwise(person.name)
        ]
        people = {each.id: each for each in (*self._with(""), *on_stage)}
        return [each for each in people.values() if each.id != self._me.id]

    def reads_otherwise(self, name: str) -> bool:
        """Whether another name is read as another."""
        return set(self._skeletons).isdisjoint(skeletons(name))

    def takes(self, tail: str) -> bool:
        """Whether somebody else has this tail."""
        return any(each.id != self._me.id for each in self._with(tail))

    def free_tail(self) -> str:
        """Return the shortest tail that nobody else has."""
        key = self._me.key
        for digits in range(TAIL, len(key)):
            if not self.takes(key[-digits:]):
                return key[-digits:]
        return key

    def _with(self, tail: str) -> list[Person]:
        ids = dict.fromkeys(id for group in self._by_tail for id in group.get(tail, ()))
        return [self._state.people[id] for id in ids]


def _ranks(state: RoomState) -> Callable[[Person], int]:
    """Return what tells the rank of a person: that of their best seat."""
    ranks: dict[str, int] = {}
    for id in state.stage:
        someone = state.participants[id]
        ranks[someone.person] = max(ranks.get(someone.person, 0), RANKS[someone.role])
    return lambda person: _OWNER if person.key == state.owner else ranks.get(person.id, 0)
