"""Lets profiles and ties follow the keys of people: two persons become one, or one becomes two."""

from __future__ import annotations

from roomcli.protocol.people import Person

from ...store import Store
from ...store.ties import TIE_KINDS, TieKind
from ..keyring.state import KnownPerson, Past

_SUFFERED: tuple[TieKind, ...] = ("follows", "blocks")


class TieHolder:
    """Looks up what is tied to somebody, and what they say of themselves."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def look_up(self, person: KnownPerson) -> TieHoldings:
        """Return what is held of a person."""
        store = self._store
        blockers = store.ties.tied_to(store.people.id_of(person.id), "blocks")
        known = (store.people.find(each) for each in blockers)
        past = Past(blocked_by=frozenset(each.key for each in known if each is not None))
        return TieHoldings(store, past)

    def agree(self, person: Person, place: str, rank: int) -> bool:
        """Do nothing: ties give no rank."""
        return False

    def sign_out(self, key: str) -> None:
        """Do nothing: what somebody said of themselves stands without the key."""


class TieHoldings:
    """The ties and the profile of one person at a moment."""

    def __init__(self, store: Store, past: Past) -> None:
        self._store = store
        self.past = past

    def move(self, one: Person, into: Person, past: Past) -> None:
        """Make ties from and to the one those of the other; a profile that they have stays."""
        ties = self._store.ties
        for kind in TIE_KINDS:
            for target, at in tuple(ties.made_by(one.id, kind).items()):
                ties.untie(one.id, kind, target)
                if target != into.id:
                    ties.tie(into.id, kind, target, at)
        for kind in _SUFFERED:
            for person in ties.tied_to(one.id, kind):
                at = ties.made_by(person, kind)[one.id]
                ties.untie(person, kind, one.id)
                if person != into.id:
                    ties.tie(person, kind, into.id, at)
        profile = self._store.profiles.of_person(one.id)
        if profile is not None:
            self._store.profiles.forget(one.id)
            if self._store.profiles.of_person(into.id) is None:
                self._store.profiles.save(into.id, profile)

    def copy(self, person: Person, alone: Person) -> None:
        """Let whoever blocks the first block the second too; both block whom the first blocks."""
        ties = self._store.ties
        for blocker in ties.tied_to(person.id, "blocks"):
            ties.tie(blocker, "blocks", alone.id, ties.made_by(blocker, "blocks")[person.id])
        for blocked, at in tuple(ties.made_by(person.id, "blocks").items()):
            ties.tie(alone.id, "blocks", blocked, at)
