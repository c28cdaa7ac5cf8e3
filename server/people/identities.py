"""Whose key is whose: the rules of keys, with what the server holds of people, and the store.

Everybody is known by their first key, and has an id by that key. What rooms and others hold of
people is by these two, so it follows the person, whichever of their keys signs in.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

import trio
from msgspec.structs import replace

from roomcli.errors import CommandRefused
from roomcli.protocol.evolve_view import without
from roomcli.protocol.people import Person
from roomcli.protocol.statements import STATEMENT_SECONDS, Statement, UnionFacts

from ..clock import Clock
from ..store import EVERYWHERE, Store
from . import keyring as k
from .holdings import Holder, Holdings
from .keyring import journal as j
from .keyring.decide import NONCE_BYTES, SALT_BYTES
from .keyring.plain import is_plain, keyring_of, with_persons, without_plain
from .keyring.refusals import locked_out, refusal
from .keyring.state import SERVER, KeyBan, KeyRecord, Keyring, KnownPerson, Past, Proposal


class WaitingStatement(NamedTuple):
    """A statement that waits for signatures, and what two persons would be by it as one."""

    proposal: Proposal
    facts: UnionFacts | None


class Identities:
    """All persons of a server, by their keys. Call it from the Trio thread only."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._known = keyring_of(store.keyrings.everybody())
        self._changed_elsewhere: dict[str, KnownPerson | None] = {}
        self._holders: list[Holder] = []
        self._turn = trio.Lock()
        store.keyrings.elsewhere.hear(self._note_elsewhere)

    def add_holder(self, holder: Holder) -> None:
        """Let what this part of the server holds of people follow their keys from now on."""
        self._holders.append(holder)

    @property
    def _keyring(self) -> Keyring:
        """Everybody as they are now: many changes of other servers at once are put in together."""
        if self._changed_elsewhere:
            self._known = with_persons(self._known, self._changed_elsewhere)
            self._changed_elsewhere = {}
        return self._known

    @_keyring.setter
    def _keyring(self, keyring: Keyring) -> None:
        self._known = keyring

    # Who somebody is.

    def sign_in(self, key: str) -> str:
        """Return the first key of the person whom this key signs in, by which they are known.

        Raises CommandRefused ``key_revoked``, ``recovery_key``, or ``failed`` for the first key of
        somebody of whose keys no more is known: it may be revoked.
        """
        person = self._keyring.person_of(key)
        if person is None:
            if self._store.keyrings.is_damaged(key):
                text = "what the server keeps of your keys is damaged: ask its admin"
                raise CommandRefused("failed", text)
            return key
        if key == person.recovery:
            raise refusal("recovery_key")
        if not person.speaks(key):
            raise locked_out()
        return person.id

    def contested(self, key: str) -> bool:
        """Whether it can be undone by this key that it was revoked."""
        return self._keyring.may_contest(key, self._clock.now())

    def first_key(self, key: str) -> str:
        """Return the key by which the person is known who has, or last had, this key."""
        return self._keyring.holders.get(key, key)

    def keys_of(self, first_key: str) -> KnownPerson:
        """Return the keys of the person who is known by this one."""
        known = self._keyring.persons.get(first_key)
        return known if known is not None else _alone(first_key)

    def has_met(self, key: str) -> bool:
        """Whether a key is, or was, somebody's of whom something is kept."""
        if key in self._keyring.holders:
            return True
        return self._store.people.find(self._store.people.id_of(key)) is not None

    def is_recovery(self, key: str) -> bool:
        """Whether this is the key that somebody keeps offline."""
        person = self._keyring.person_of(key)
        return person is not None and person.recovery == key

    def is_in_force(self, key: str) -> bool:
        """Whether a key speaks for whoever has it: what was proven through others has fallen."""
        return self._keyring.may_sign_in(key)

    def formerly(self, first_key: str) -> list[Person]:
        """Return those who were this person until lately: a ban of the person covers them too."""
        now = self._clock.now()
        person = self._keyring.persons.get(first_key)
        left = [each.id for each in person.keys if each.is_covered(now)] if person else []
        names = {self.first_key(key) for key in left} - {first_key}
        return [self.person(each) for each in sorted(names)]

    def person(self, first_key: str) -> Person:
        """Return the person who is known by this key, as they were called last."""
        id = self._store.people.id_of(first_key)
        return self._store.people.find(id) or Person(id, "", key=first_key)

    def judge_giving_up(self, first_key: str) -> None:
        """Raise CommandRefused while nothing may be given up or handed over by this person.

        Somebody may have taken one of their keys, and the one who it was can still be undone.
        """
        person = self._keyring.persons.get(first_key)
        if person is not None and person.is_disputed(self._clock.now()):
            raise refusal("keys_disputed")

    # Statements.

    async def propose(self, asker: str, server: str, wanted: k.Propose) -> Statement:
        """Return a new statement, in place of the one that was asked for by this key before.

        ``server`` is the name that they dialled. Raises CommandRefused, StoreError.
        """
        async with self._turn:
            state, _ = await self._looked_up(server, wanted.key, wanted.by, wanted.purpose)
            now = self._clock.now()
            entropy = secrets.token_bytes(NONCE_BYTES + SALT_BYTES)
            [proposed] = k.decide(state, replace(wanted, asker=asker), now, entropy)
            assert isinstance(proposed, j.StatementProposed)
            kept = k.evolve(self._met(wanted.key, wanted.by, wanted.purpose), proposed)
            stale = [
                asker
                for asker, each in kept.proposals.items()
                if now >= each.statement.at + STATEMENT_SECONDS
            ]
            for each in stale:
                kept = k.evolve(kept, j.ProposalEnded(asker=each))
            self._keyring = without_plain(kept)
            return proposed.statement

    def awaited(self, nonce: str) -> Statement:
        """Return the statement with this nonce, which waits for signatures.

        Raises CommandRefused ``no_such_statement``.
        """
        for each in self._keyring.proposals.values():
            if each.statement.nonce == nonce:
                return each.statement
        raise refusal("no_such_statement")

    async def sign(self, statement: Statement, signer: str) -> list[j.KeyringEvent]:
        """Count a good signature of this key; return what happened.

        What the last signature makes true is true at once, for all that the server holds of people,
        and saved as one transaction. Raises CommandRefused, StoreError.
        """
        known_as = {each.statement.server for each in self._keyring.proposals.values()}
        server = statement.server if statement.server in known_as else ""
        async with self._turn:
            state, held = await self._looked_up(
                server, statement.key, statement.by, statement.purpose
            )
            signed = k.Sign(statement=statement, signer=signer)
            events = k.decide(state, signed, self._clock.now(), b"")
            with self._store.transaction():
                for event in events:
                    self._happen(state, event, held)
                    state = k.evolve(state, event)
            self._keyring = without_plain(self._keyring)
            return events

    async def withdraw(self, asker: str) -> None:
        """End the statement that was asked for by this key, if there is one."""
        async with self._turn:
            if asker in self._keyring.proposals:
                self._keyring = without_plain(k.evolve(self._keyring, j.ProposalEnded(asker=asker)))

    async def waiting(self, person: Person) -> list[WaitingStatement]:
        """Return the statements about this person's keys that wait for signatures.

        What two persons would be as one is shown to the one who was asked, and to the one who asked
        once the other has signed: nobody looks into somebody else's past by asking.
        """
        now = self._clock.now()
        shown = []
        for asker, each in list(self._keyring.proposals.items()):
            statement = each.statement
            mine = {self.first_key(statement.key), self.first_key(statement.by)}
            if person.key not in mine or now >= statement.at + STATEMENT_SECONDS:
                continue
            facts = None
            if statement.purpose == "unite" and (
                self.first_key(asker) != person.key or each.signed_by
            ):
                facts = await self._facts(each)
            shown.append(WaitingStatement(each, facts))
        return shown

    async def agree(self, key: str, place: str) -> int:
        """Give a person the rank that was withheld in a place; return it, or 0 if none can be."""
        async with self._turn:
            first = self.first_key(key)
            person = self._keyring.persons.get(first)
            rank = person.past.withheld.get(place, 0) if person is not None else 0
            if person is not None and rank:
                past = replace(person.past, withheld=without(person.past.withheld, place))
                with self._store.transaction():
                    given = [each.agree(self.person(first), place, rank) for each in self._holders]
                    if not any(given):
                        return 0
                    self._keep(replace(person, past=past))
            return rank

    def withheld(self) -> list[tuple[Person, str]]:
        """Return who waits in which places for a rank that a union withheld."""
        return [
            (self.person(first), place)
            for first, person in sorted(self._keyring.persons.items())
            for place in sorted(person.past.withheld)
        ]

    # What the rules have to know.

    async def _facts(self, proposal: Proposal) -> UnionFacts | None:
        statement = proposal.statement
        async with self._turn:
            state, _ = await self._looked_up(
                statement.server, statement.key, statement.by, statement.purpose
            )
        one, into = state.person_of(statement.key), state.person_of(statement.by)
        if one is None or into is None:
            return None
        now = self._clock.now()
        facts = k.preview_union(state, one, into, now, proposal.salt).facts
        return facts if facts.digest == statement.facts else None

    def _met(self, key: str, by: str, purpose: str) -> Keyring:
        """Return the keyring in which the persons of these keys are, plain or not."""
        state = self._keyring
        for each in {by} if purpose == "recovery" else {key, by}:
            for met in k.decide(state, k.MeetKey(key=each), self._clock.now(), b""):
                state = k.evolve(state, met)
        return state

    async def _looked_up(
        self, server: str, key: str, by: str, purpose: str
    ) -> tuple[Keyring, Mapping[str, list[Holdings]]]:
        """Return the keyring with all that the rules look at, and what is held of two persons."""
        while True:
            state, changes = self._met(key, by, purpose), self._store.bans.changes
            keyring = self._keyring
            persons = [each for each in map(state.person_of, dict.fromkeys((by, key))) if each]
            held = {
                each.id: [await holder.look_up(each) for holder in self._holders]
                for each in persons
            }
            bans = await self._bans_on(
                {key, by, *(one.id for each in persons for one in each.keys)}
            )
            # Else somebody was banned meanwhile, or another server changed somebody's keys.
            if changes == self._store.bans.changes and keyring is self._keyring:
                break
        known = {each.id: replace(each, past=_past(each.past, held[each.id])) for each in persons}
        return (
            replace(state, server=server, persons={**state.persons, **known}, bans=bans),
            held,
        )

    async def _bans_on(self, keys: Collection[str]) -> dict[str, KeyBan]:
        found = await self._store.bans.of_keys(keys, self._clock.now())
        return {
            f"{room}/{owner}/{ban.key}": KeyBan(
                id=f"{room}/{owner}/{ban.key}",
                place=SERVER if room == EVERYWHERE else f"room/{room}",
                keys=frozenset({ban.key}),
                at=ban.at,
                until=ban.until,
            )
            for room, owner, ban in found
        }

    # What follows.

    def _note_elsewhere(self, id: str, before: KnownPerson | None, now: KnownPerson | None) -> None:
        """Follow what another server changed of a person's keys."""
        self._changed_elsewhere[id] = now
        for key in newly_revoked(before, now):
            for holder in self._holders:
                holder.sign_out(key)

    def _happen(
        self, before: Keyring, event: j.KeyringEvent, held: Mapping[str, list[Holdings]]
    ) -> None:
        """Carry out an event; ``before`` is the keyring with all that the rules look at."""
        gone: str | None = None
        match event:
            case j.StatementSigned() | j.ProposalEnded():
                self._keyring = k.evolve(self._keyring, event)
                return
            case j.KeyJoined(key=key, person=first):
                gone = before.holders.get(key)
                self._keyring = k.evolve(self._keyring, event)
                if gone is not None:
                    self._move(gone, first, before.persons[first].past, held[gone])
            case j.PersonsUnited(person=gone, into=first, past=past):
                kept = replace(event, past=_kept(past))
                self._keyring = k.evolve(self._keyring, kept)
                self._move(gone, first, past, held[gone])
            case j.KeySplitOff(key=key, person=first):
                self._keyring = _split(self._keyring, before.persons[first].past, event)
                for each in held[first]:
                    each.copy(self.person(first), self.person(key))
                self._keep(self._keyring.persons[key])
            case j.KeyRevoked(person=first) | j.RevocationUndone(person=first):
                self._keyring = k.evolve(self._keyring, event)
                for key in k.ended_keys(event):
                    for holder in self._holders:
                        holder.sign_out(key)
            case j.RecoverySet(person=first):
                self._keyring = k.evolve(self._keyring, event)
            case _:
                raise AssertionError("no statement makes this happen")
        self._keep(self._keyring.persons[first])
        if gone is not None:  # last, so that others are told first whose the key is now
            self._store.keyrings.forget(gone)

    def _move(self, one: str, into: str, past: Past, held: Iterable[Holdings]) -> None:
        for each in held:
            each.move(self.person(one), self.person(into), past)

    def _keep(self, person: KnownPerson) -> None:
        if is_plain(person):
            self._store.keyrings.forget(person.id)
        else:
            self._store.keyrings.save(person)
            self._store.people.save(self.person(person.id), self._clock.now())
        persons = {**self._keyring.persons, person.id: person}
        self._keyring = replace(self._keyring, persons=persons)


def newly_revoked(before: KnownPerson | None, now: KnownPerson | None) -> list[str]:
    """Return the keys of a person that were revoked since they were as ``before``."""
    revoked: list[set[str]] = [
        {key.id for key in each.keys if key.revoked_at is not None} if each is not None else set()
        for each in (before, now)
    ]
    return sorted(revoked[1] - revoked[0])


def _alone(key: str) -> KnownPerson:
    return KnownPerson(id=key, keys=(KeyRecord(id=key, seen_at=0.0, joined_at=0.0),))


def _past(kept: Past, held: Iterable[Holdings]) -> Past:
    """Return what was kept of a person's past, and what is held of it now."""
    past = kept
    for each in (each.past for each in held):
        past = Past(
            silences=past.silences | each.silences,
            reports=past.reports | each.reports,
            ranks={**past.ranks, **each.ranks},
            withheld=past.withheld,
            blocked_by=past.blocked_by | each.blocked_by,
        )
    return past


def _kept(past: Past) -> Past:
    """Return what of a past nobody else holds: what is where it belongs has one home."""
    return Past(reports=past.reports, withheld=past.withheld, blocked_by=past.blocked_by)


def _split(state: Keyring, past: Past, event: j.KeySplitOff) -> Keyring:
    state = k.evolve(state, event)
    alone = state.persons[event.key]
    alone = replace(alone, past=replace(_kept(past), withheld={}))
    return replace(state, persons={**state.persons, event.key: alone})
