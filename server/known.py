"""What rooms are told of people beyond their keys: from profiles, claims and ties."""

from __future__ import annotations

from roomcli.protocol.badges import Badge
from roomcli.protocol.people import Person

from .people.claims.book import ClaimBook
from .store import Store


class KeptAcquaintance:
    """An :class:`~.rooms.acquaintance.Acquaintance` of what the store keeps, claims among it."""

    def __init__(self, store: Store, claims: ClaimBook) -> None:
        self._store = store
        self.claims = claims

    def has_profile(self, person: Person) -> bool:
        return self._store.profiles.of_person(person.id) is not None

    def badges_of(self, person: Person) -> tuple[Badge, ...]:
        return self.claims.badges_of(person)

    def proven_of(self, person: Person) -> tuple[Badge, ...]:
        return self.claims.proven_of(person)

    def blocks(self, person: str, other: str) -> bool:
        return other in self._store.ties.made_by(person, "blocks")
