"""Persons of whose keys there is nothing to keep, since they are the one key that they use.

Keys cost nothing, so what is kept must not grow by each one that is seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from .state import Keyring, KnownPerson, Past


def keyring_of(persons: Iterable[KnownPerson]) -> Keyring:
    """Return the keyring of these persons."""
    return with_persons(Keyring(server=""), {each.id: each for each in persons})


def with_persons(state: Keyring, changed: Mapping[str, KnownPerson | None]) -> Keyring:
    """Return the keyring with these persons as they are now; None is not there any more.

    Nobody else is looked at: where servers share a database, somebody's keys change all the time.
    """
    persons, holders = state.persons.copy(), state.holders.copy()
    for id, now in changed.items():
        before = persons.pop(id, None)
        if now is not None:
            persons[id] = now
        for key in _keys_held(before) if before is not None else ():
            if holders.get(key) == id:  # else it is another person's meanwhile
                del holders[key]
        holders.update(dict.fromkeys(_keys_held(now) if now is not None else (), id))
    return replace(state, persons=persons, holders=holders)


def _keys_held(person: KnownPerson) -> list[str]:
    keys = [each.id for each in person.keys if each.left_at is None]
    return [*keys, person.recovery] if person.recovery else keys


def is_plain(person: KnownPerson) -> bool:
    """Whether nothing is known of a person but the one key that they use."""
    alone = len(person.keys) == 1 and person.keys[0].in_force and not person.recovery
    return alone and person.past == Past() and not person.claims


def without_plain(state: Keyring) -> Keyring:
    """Return the keyring without plain persons whose keys wait for no signature."""
    waiting = {
        key for each in state.proposals.values() for key in (each.statement.key, each.statement.by)
    }
    gone = {id for id, each in state.persons.items() if is_plain(each) and id not in waiting}
    if not gone:
        return state
    return replace(
        state,
        persons={id: each for id, each in state.persons.items() if id not in gone},
        holders={key: id for key, id in state.holders.items() if id not in gone},
    )
