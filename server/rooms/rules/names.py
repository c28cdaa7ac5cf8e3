"""The tails of keys after names, so that nobody passes for somebody else.

Whoever comes under a name that reads the same as that of somebody in the room carries a tail until
they leave. Beside the rightful host, a host, a co-host or somebody of whom something is proven it
is always the other who carries the tail, whoever came first. All seats of a person have the same
name and tail.

Of whom nothing is proven, and whose name reads like that of somebody of whom something is, is
marked as a lookalike besides, whatever their role is.
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
from .people import VERIFIED
from .state import RoomState

TAIL = 4
"""The number of a key's last digits that make its tail; more where two keys agree in them."""
_PROVEN = 1
"""What badges add to a rank: less than a role does."""
_OWNER = 2 * (1 + max(RANKS.values()))
_RANKING = (e.RoleChanged, e.StageJoined, j.SteppedDown, e.PersonChanged)
"""The events that change somebody's rank, or the name that it protects."""


def introduced(state: RoomState, seat: str, person: Person, role: Role) -> Person:
    """Return who takes this seat, and will have this role, with the tail that their name needs."""
    alike, rank_of = _Alike(state, person), _ranks(state)
    rank = max(rank_of(person), _rank(RANKS[role], person))
    known = state.people.get(person.id)
    keeps_name = known is not None and not alike.reads_otherwise(known.name)
    is_back = keeps_name and (person.id in state.seats or seat in state.departed)
    marked = is_back and known is not None and known.lookalike
    lookalike = not person.badges and (marked or alike.has_verified)
    person = replace(person, lookalike=lookalike)
    if rank:
        rivals = any(rank_of(each) >= rank for each in alike.notable)
        if not rivals:
            return replace(person, tail="")
    else:
        rivals = alike.has_others
    if known is not None and is_back and not alike.takes(known.tail):
        return replace(person, tail=known.tail)
    return replace(person, tail=alike.free_tail() if rivals else "")


def with_names(state: RoomState, events: list[j.JournalEvent]) -> list[j.JournalEvent]:
    """Return ``events``, and after them the changes of names that new ranks make necessary."""
    comers = [
        event.person.id
        for event in events
        if isinstance(event, j.Entered | e.PersonChanged)
        and (event.person.key == state.owner or event.person.badges)
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

    People of lower rank whose names read the same get a tail, and a mark if they have no badges and
    this person has; the person's own tail goes if nobody of the same rank needs it. Who has no
    badges is marked beside somebody who has.
    """
    me, rank_of = state.people[id], _ranks(state)
    rank, alike = rank_of(me), _Alike(state, me)
    if not (me.badges or me.lookalike) and alike.has_verified:
        me = replace(me, lookalike=True)
        yield e.PersonChanged(person=me)
    if not rank:
        return
    for other in alike.notable:
        tail, lookalike = other.tail, other.lookalike
        if rank_of(other) < rank and not tail:
            tail = _Alike(state, other).free_tail()
        if me.badges and not other.badges:
            lookalike = True
        if (tail, lookalike) != (other.tail, other.lookalike):
            yield e.PersonChanged(person=replace(other, tail=tail, lookalike=lookalike))
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
    def has_verified(self) -> bool:
        """Whether something is proven of somebody else among them."""
        ids = (id for group in self._by_tail for id in group.get(VERIFIED, ()))
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
        people = {each.id: each for each in (*self._with_tail(""), *on_stage)}
        return [each for each in people.values() if each.id != self._me.id]

    def reads_otherwise(self, name: str) -> bool:
        """Whether another name is read as another."""
        return set(self._skeletons).isdisjoint(skeletons(name))

    def takes(self, tail: str) -> bool:
        """Whether somebody else has this tail."""
        return any(each.id != self._me.id for each in self._with_tail(tail))

    def free_tail(self) -> str:
        """Return the shortest tail that nobody else has."""
        key = self._me.key
        for digits in range(TAIL, len(key)):
            if not self.takes(key[-digits:]):
                return key[-digits:]
        return key

    def _with_tail(self, tail: str) -> list[Person]:
        ids = dict.fromkeys(id for group in self._by_tail for id in group.get(tail, ()))
        return [self._state.people[id] for id in ids]


def _ranks(state: RoomState) -> Callable[[Person], int]:
    """Return what tells the rank of a person: by their best seat, and by their badges."""
    ranks: dict[str, int] = {}
    for id in state.stage:
        someone = state.participants[id]
        ranks[someone.person] = max(ranks.get(someone.person, 0), RANKS[someone.role])

    def rank_of(person: Person) -> int:
        return _OWNER if person.key == state.owner else _rank(ranks.get(person.id, 0), person)

    return rank_of


def _rank(of_role: int, person: Person) -> int:
    return 2 * of_role + (_PROVEN if person.badges else 0)
