"""The keyring after an event. Pure, and without judgement: what is in the journal happened."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from roomcli.protocol.evolve_view import without

from . import journal as j
from .state import KeyRecord, Keyring, KnownPerson, Past, Proposal


def evolve(state: Keyring, event: j.KeyringEvent) -> Keyring:
    """Return the state after ``event``."""
    match event:
        case j.KeyMet(key=key, at=at):
            record = KeyRecord(id=key, seen_at=at, joined_at=at)
            return _with(state, KnownPerson(id=key, keys=(record,)))
        case j.StatementProposed(asker=asker, statement=statement, salt=salt):
            proposal = Proposal(statement=statement, salt=salt)
            return replace(state, proposals={**state.proposals, asker: proposal})
        case j.StatementSigned(asker=asker, signer=signer):
            before = state.proposals[asker]
            proposal = replace(before, signed_by=before.signed_by | {signer})
            return replace(state, proposals={**state.proposals, asker: proposal})
        case j.ProposalEnded(asker=asker):
            return replace(state, proposals=without(state.proposals, asker))
        case j.PersonBanned(ban=ban):
            still = {id: each for id, each in state.bans.items() if each.holds(ban.at)}
            return replace(state, bans={**still, ban.id: ban})
        case j.BanLifted(id=id):
            return replace(state, bans=without(state.bans, id))
        case j.PersonsUnited():
            return _united(state, event)
        case j.KeySplitOff():
            return _split(state, event)
        case j.KeyJoined():
            return _joined(state, event)
        case _:
            return _with(state, _changed(state.persons[event.person], event))


def _changed(
    person: KnownPerson,
    event: j.KeyRevoked | j.RevocationUndone | j.RecoverySet | j.PastNoted | j.ClaimProven,
) -> KnownPerson:
    match event:
        case j.KeyRevoked(key=key, by=by, at=at, for_good=for_good):
            return _with_keys(person, [key], revoked_at=at, revoked_by=by, for_good=for_good)
        case j.RevocationUndone(key=key, by=by, at=at, fallen=fallen):
            person = _with_keys(person, [key], revoked_at=None, revoked_by="")
            return _with_keys(person, fallen, revoked_at=at, revoked_by=by)
        case j.RecoverySet(key=key):
            return replace(person, recovery=key)
        case j.PastNoted(past=past):
            return replace(person, past=past)
        case j.ClaimProven(claim=claim, key=key):
            return replace(person, claims=person.claims | {(claim, key)})


def _joined(state: Keyring, event: j.KeyJoined) -> Keyring:
    seen_at, claims = event.at, frozenset[tuple[str, str]]()
    alone = state.person_of(event.key)
    if alone is not None:
        seen_at, claims = alone.keys[0].seen_at, alone.claims
        state = replace(state, persons=without(state.persons, alone.id))
    person = state.persons[event.person]
    record = KeyRecord(
        id=event.key, seen_at=seen_at, joined_at=event.at, introduced_by=event.introduced_by
    )
    return _with(state, replace(person, keys=(*person.keys, record), claims=person.claims | claims))


def _united(state: Keyring, event: j.PersonsUnited) -> Keyring:
    one, into = state.persons[event.person], state.persons[event.into]
    # The younger ones, in their own order; the first of them came by the word of the other person.
    keys = [
        replace(each, joined_at=event.at, introduced_by=each.introduced_by or event.introduced_by)
        for each in one.keys
    ]
    person = replace(
        into,
        keys=(*into.keys, *keys),
        recovery=into.recovery or one.recovery,
        past=event.past,
        claims=into.claims | one.claims,
    )
    holders = {key: into.id if of == one.id else of for key, of in state.holders.items()}
    return _with(replace(state, persons=without(state.persons, one.id), holders=holders), person)


def _split(state: Keyring, event: j.KeySplitOff) -> Keyring:
    person = state.persons[event.person]
    record = person.record_of(event.key)
    assert record is not None
    alone = KnownPerson(
        id=event.key,
        keys=(KeyRecord(id=event.key, seen_at=record.seen_at, joined_at=event.at),),
        past=Past(
            silences=person.past.silences,
            reports=person.past.reports,
            blocked_by=person.past.blocked_by,
        ),
    )
    state = _with(state, _with_keys(person, [event.key], left_at=event.at))
    return _with(state, alone)


def _with(state: Keyring, person: KnownPerson) -> Keyring:
    """Return the state with a person as they are now, and with whose their keys are."""
    mine = {each.id for each in person.keys if each.left_at is None}
    if person.recovery:
        mine.add(person.recovery)
    new = {key: person.id for key in mine if state.holders.get(key) != person.id}
    holders = {**state.holders, **new} if new else state.holders
    return replace(state, persons={**state.persons, person.id: person}, holders=holders)


def _with_keys(person: KnownPerson, keys: Iterable[str], **changes: object) -> KnownPerson:
    changed = set(keys)
    return replace(
        person,
        keys=tuple(
            replace(each, **changes) if each.id in changed else each for each in person.keys
        ),
    )
