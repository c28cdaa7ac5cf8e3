"""The tails of keys after names, so that nobody passes for somebody else.

Whoever comes under a name that reads the same as that of somebody in the room carries a tail until
they leave. Beside the rightful host, a host or a co-host it is always the other who carries the
tail, whoever came first. Seats of one key are one person: they are told apart from others, not from
each other.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from roomcli.protocol import events as e
from roomcli.protocol.people import Person, Role
from roomcli.protocol.permissions import RANKS

from . import journal as j
from .evolve import evolve
from .state import RoomState

TAIL = 4
"""The number of a key's last digits that make its tail; more where two keys agree in them."""
_OWNER = 1 + max(RANKS.values())
_RANKING = (e.RoleChanged, e.StageJoined, j.SteppedDown)
"""The events that change somebody's rank."""


def introduced(state: RoomState, person: Person, skeletons: tuple[str, ...], role: Role) -> Person:
    """Return a newcomer, who will have this role, with the tail that their name needs."""
    alike, ranks = _Alike(state, skeletons, person.key), _ranks(state)
    rank = max(ranks.get(person.key, 0), RANKS[role])
    if rank:
        rivals = any(ranks.get(each.key, 0) >= rank for each in alike.notable)
        if not rivals:
            return replace(person, tail="")
    else:
        rivals = alike.has_others
    before = state.departed.get(person.id)
    mine = [each.tail for each in alike.mine]
    if before is not None and _is_same(before.person, person):
        mine.append(before.person.tail)  # back at their seat
    for tail in mine:
        if not alike.takes(tail):
            return replace(person, tail=tail)
    return replace(person, tail=alike.free_tail() if rivals else "")


def with_names(state: RoomState, events: list[j.JournalEvent]) -> list[j.JournalEvent]:
    """Return ``events``, and after them the changes of names that new ranks make necessary."""
    comers = [
        event.person.id
        for event in events
        if isinstance(event, j.Entered) and event.person.key == state.owner
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


def _renamed(state: RoomState, id: str) -> Iterable[e.PersonChanged]:
    """Yield the changes of names that make this ranked person stand out.

    People of lower rank whose names read the same get a tail; the person's own tail goes if nobody
    of the same rank needs it.
    """
    me, ranks = state.participants[id], _ranks(state)
    rank = ranks.get(me.person.key, 0)
    if not rank:
        return
    alike = _Alike(state, me.skeletons, me.person.key)
    for other in alike.notable:
        if ranks.get(other.key, 0) < rank and not other.tail:
            theirs = _Alike(state, state.participants[other.id].skeletons, other.key)
            yield e.PersonChanged(person=replace(other, tail=theirs.free_tail()))
    if all(_yields(each, ranks.get(each.key, 0), rank) for each in alike.notable):
        for each in alike.mine:
            if each.tail:
                yield e.PersonChanged(person=replace(each, tail=""))


def _yields(other: Person, theirs: int, rank: int) -> bool:
    return theirs < rank or (theirs == rank and bool(other.tail))


def _is_same(one: Person, other: Person) -> bool:
    return (one.key, one.name) == (other.key, other.name)


class _Alike:
    """The people here whose names read the same as that of a person with this key.

    However many they are, only a few of them are looked at.
    """

    def __init__(self, state: RoomState, skeletons: tuple[str, ...], key: str) -> None:
        self._state, self._skeletons, self._key = state, skeletons, key
        self._by_tail = [state.namesakes.get(each, {}) for each in skeletons]

    @property
    def has_others(self) -> bool:
        """Whether somebody else is among them."""
        ids = (id for group in self._by_tail for each in group.values() for id in each)
        return any(self._state.participants[id].person.key != self._key for id in ids)

    @property
    def mine(self) -> list[Person]:
        """The person's own seats."""
        ends = (self._key[at:] for at in range(len(self._key)))
        return [each for tail in ("", *ends) for each in self._with(tail) if each.key == self._key]

    @property
    def notable(self) -> list[Person]:
        """Those of the others who are on stage or have no tail."""
        state = self._state
        on_stage = [
            someone.person
            for someone in map(state.participants.__getitem__, state.stage)
            if not set(self._skeletons).isdisjoint(someone.skeletons)
        ]
        people = {each.id: each for each in (*self._with(""), *on_stage)}
        return [each for each in people.values() if each.key != self._key]

    def takes(self, tail: str) -> bool:
        """Whether somebody else has this tail."""
        return any(each.key != self._key for each in self._with(tail))

    def free_tail(self) -> str:
        """Return the shortest tail that nobody else has."""
        for digits in range(TAIL, len(self._key)):
            if not self.takes(self._key[-digits:]):
                return self._key[-digits:]
        return self._key

    def _with(self, tail: str) -> list[Person]:
        ids = dict.fromkeys(id for group in self._by_tail for id in group.get(tail, ()))
        return [self._state.participants[id].person for id in ids]


def _ranks(state: RoomState) -> dict[str, int]:
    """Return people's ranks by key; a person has the rank of their best seat."""
    ranks: dict[str, int] = {}
    for id in state.stage:
        someone = state.participants[id]
        key = someone.person.key
        ranks[key] = max(ranks.get(key, 0), RANKS[someone.role])
    return ranks | {state.owner: _OWNER}
