"""All claims of a server, as they are and as they are kept."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Sequence

from roomcli.protocol.badges import Badge, OwnClaim
from roomcli.protocol.people import Person

from ...store import Store
from . import commands as c
from . import journal as j
from .decide import ENTROPY_BYTES, decide
from .evolve import evolve
from .state import Claim, Fact, gather

KeysOf = Callable[[Person], Sequence[str]]
"""Returns the keys that are in force for a person, the oldest first."""


def own_key(person: Person) -> Sequence[str]:
    """Return the one key that somebody has who never joined another to it."""
    return (person.key,)


class ClaimBook:
    """Carries out what the rules say, and writes it down.

    ``clock`` gives the server's time; ``ended`` hears of each claim that ends, and why, ``changed``
    of everybody whose badges may be others now.
    """

    def __init__(
        self,
        store: Store,
        clock: Callable[[], float],
        ended: Callable[[Person, OwnClaim, j.ClaimEnd], None],
        keys_of: KeysOf = own_key,
        changed: Callable[[Person], None] = lambda person: None,
    ) -> None:
        self._changed = changed
        self._ended = ended
        self._store = store
        self._clock = clock
        self._keys_of = keys_of
        self._claims = gather(store.claims.all_kept())
        store.claims.elsewhere.hear(self._follow_claim)

    def perform(self, command: c.ClaimsCommand) -> None:
        """Carry out a command, as one transaction. Raises CommandRefused."""
        now, entropy = self._clock(), secrets.token_bytes(ENTROPY_BYTES)
        with self._store.transaction():
            for event in decide(self._claims, command, now, entropy):
                self._take_down(event)

    def _follow_claim(self, id: str, before: Claim | None, now: Claim | None) -> None:
        """Follow what another server changed; there it was told."""
        known = self._claims.claims.get(id)
        if now is not None:
            self._claims = evolve(self._claims, j.ClaimRecorded(claim=now))
        elif known is not None:
            self._claims = evolve(self._claims, j.ClaimDropped(id=id, why="gone"))
        for claim in {each.person: each for each in (known, now) if each is not None}.values():
            self._changed(self.owner_of(claim))

    def _take_down(self, event: j.JournalledClaim) -> None:
        before = self._claims
        self._claims = evolve(before, event)
        self._write_down(event)
        match event:
            case j.ClaimDropped(id=id, why=why):
                claim = before.claims[id]
                person = self.owner_of(claim)
                self._ended(person, self.own_view(claim, person), why)
                self._changed(person)
            case j.ClaimRecorded(claim=claim):
                self._changed(self.owner_of(claim))
            case j.ClaimPassedOn(id=id) | j.ClaimHidden(id=id):
                self._changed(self.owner_of(self._claims.claims[id]))
            case j.CheckMissed():
                pass

    def record(self, person: Person, fact: Fact, key: str, since: float | None = None) -> OwnClaim:
        """Note that something was proven of a person just now. Raises CommandRefused."""
        with self._store.transaction():
            self.perform(
                c.RecordProof(
                    person=person.id,
                    fact=fact,
                    key=key,
                    account_since=since,
                    holder_stands=self._is_held(fact),
                )
            )
            self._store.people.save(person, self._clock())
        claim = self._claims.claim_about(person.id, fact)
        assert claim is not None
        return self.own_view(claim, person)

    def everybody(self) -> Iterable[str]:
        """Return, by id, everybody of whom something is or was proven."""
        return tuple(self._claims.of_person)

    def own_claims(self, person: Person) -> tuple[OwnClaim, ...]:
        """Return a person's claims as they see them themselves."""
        return tuple(self.own_view(each, person) for each in self._claims.claims_of(person.id))

    def own_view(self, claim: Claim, person: Person) -> OwnClaim:
        """Return a claim as its person sees it."""
        stands = claim.key in self._keys_of(person)
        return OwnClaim(
            id=claim.id, badge=claim.badge, key=claim.key, stands=stands, hidden=claim.hidden
        )

    def own_claim(self, person: Person, id: str) -> OwnClaim:
        """Return a claim of a person's, which has to be there, as they see it themselves."""
        return self.own_view(self._claims.claims[id], person)

    def badges_of(self, person: Person) -> tuple[Badge, ...]:
        """Return what others see of a person's claims: those that count now, and are not hidden."""
        return tuple(each.badge for each in self._standing(person) if not each.hidden)

    def proven_of(self, person: Person) -> tuple[Badge, ...]:
        """Return what is proven of a person, hidden or not, for a door that asks for it."""
        return tuple(each.badge for each in self._standing(person))

    def _standing(self, person: Person) -> list[Claim]:
        if person.id not in self._claims.of_person:
            return []
        return self._claims.standing(person.id, self.keys_in_force(person), self._clock())

    def tell_fallen(self, key: str) -> None:
        """Tell of everybody of whom something was proven through a key that is not in force."""
        fallen = {each.person: each for each in self._claims.claims.values() if each.key == key}
        for claim in fallen.values():
            self._changed(self.owner_of(claim))

    def due(self) -> list[Claim]:
        """Return the claims at which it is time to look again."""
        return self._claims.due(self._clock())

    def owner_of(self, claim: Claim) -> Person:
        """Return the person whom a claim is about."""
        known = self._store.people.find(claim.person)
        return known or Person(claim.person, "", key=claim.key)

    def kept_claims(self, person: Person) -> list[Claim]:
        """Return all that is kept of a person's claims."""
        return self._claims.claims_of(person.id)

    def keys_in_force(self, person: Person) -> frozenset[str]:
        """Return the keys that are in force for a person."""
        return frozenset(self._keys_of(person))

    def _is_held(self, fact: Fact) -> bool:
        holder = self._claims.holder_of(fact)
        return holder is not None and holder.key in self._keys_of(self.owner_of(holder))

    def _write_down(self, event: j.JournalledClaim) -> None:
        match event:
            case j.ClaimRecorded(claim=claim):
                self._store.claims.save(claim)
            case j.ClaimDropped(id=id):
                self._store.claims.remove(id)
            case j.CheckMissed(id=id) | j.ClaimPassedOn(id=id) | j.ClaimHidden(id=id):
                self._store.claims.save(self._claims.claims[id])
