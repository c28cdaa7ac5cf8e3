"""Decides what a command does to claims: its events, or the refusal."""

from __future__ import annotations

from msgspec.structs import replace

from . import commands as c
from . import journal as j
from .refusals import refuse_claim
from .state import (
    MAX_CLAIMS,
    MAX_CLAIMS_IN_ALL,
    RETRY_SECONDS,
    Claim,
    Claims,
    can_be_looked_at,
    lasts_until,
    look_again_at,
    sole_holding,
)

ENTROPY_BYTES = 9


def decide(
    state: Claims, command: c.ClaimsCommand, now: float, entropy: bytes
) -> list[j.JournalledClaim]:
    """Return the events that follow from ``command``.

    ``entropy`` (9 bytes) names a new claim and says when it is looked at again. Raises
    CommandRefused ``no_such_claim``, ``too_many_claims``, ``server_full``, ``claimed_by_another``.
    """
    if len(entropy) != ENTROPY_BYTES:
        raise ValueError(f"{ENTROPY_BYTES} bytes of entropy are needed")
    match command:
        case c.RecordProof():
            return _recorded(state, command, now, entropy)
        case c.NoteSeen() | c.NoteUnreached() | c.NoteGone():
            return _looked(state, command, now, entropy)
        case c.WithdrawOwn(person=person, id=id):
            if id not in state.of_person.get(person, ()):
                raise refuse_claim("no_such_claim")
            return [j.ClaimDropped(id=id, why="withdrawn")]
        case c.HideOwn(person=person, id=id, hidden=hidden):
            if id not in state.of_person.get(person, ()):
                raise refuse_claim("no_such_claim")
            is_so = state.claims[id].hidden == hidden
            return [] if is_so else [j.ClaimHidden(id=id, hidden=hidden)]
        case c.WithdrawAll(person=person):
            own = state.of_person.get(person, ())
            return [j.ClaimDropped(id=id, why="withdrawn") for id in own]
        case c.PassOn():
            return _passed_on(state, command)
        case c.DropOld():
            old = [each.id for each in state.claims.values() if each.until <= now]
            return [j.ClaimDropped(id=id, why="expired") for id in old]


def _recorded(
    state: Claims, command: c.RecordProof, now: float, entropy: bytes
) -> list[j.JournalledClaim]:
    dropped: list[j.JournalledClaim] = []
    holder = state.holder_of(command.fact)
    if holder is not None and holder.person != command.person:
        if command.holder_stands and now < holder.until:
            raise refuse_claim("claimed_by_another")
        dropped = [j.ClaimDropped(id=holder.id, why="moved")]
    before = state.claim_about(command.person, command.fact)
    if before is None:
        if len(state.of_person.get(command.person, ())) >= MAX_CLAIMS:
            raise refuse_claim("too_many_claims")
        if len(state.claims) >= MAX_CLAIMS_IN_ALL:
            raise refuse_claim("server_full")
        before = Claim(
            id=entropy[:8].hex(),
            person=command.person,
            fact=command.fact,
            key=command.key,
            proven_at=now,
            checked_at=now,
            until=now,
        )
    elif before.until <= now or _is_another(before, command):
        before = replace(before, proven_at=now, account_since=None)
    told = command.account_since
    since = before.account_since if told is None else told
    known = replace(before, fact=command.fact, account_since=since)
    return [*dropped, _renewed(known, command.key, now, entropy)]


def _looked(
    state: Claims, command: c.NoteSeen | c.NoteUnreached | c.NoteGone, now: float, entropy: bytes
) -> list[j.JournalledClaim]:
    """Return what follows from a look, unless the claim is gone or not one to look at."""
    claim = state.claims.get(command.id)
    if claim is None or not can_be_looked_at(claim.fact):
        return []
    match command:
        case c.NoteSeen(key=key):
            return [_renewed(claim, key, now, entropy)]
        case c.NoteUnreached(id=id):
            return [j.CheckMissed(id=id, next_check_at=now + RETRY_SECONDS)]
        case c.NoteGone(id=id):
            return [j.ClaimDropped(id=id, why="gone")]


def _is_another(before: Claim, command: c.RecordProof) -> bool:
    """Whether another box or account at the same place is proven now, and that one anew."""
    return sole_holding(before.fact) != sole_holding(command.fact)


def _renewed(claim: Claim, key: str, now: float, entropy: bytes) -> j.ClaimRecorded:
    return j.ClaimRecorded(
        claim=replace(
            claim,
            key=key,
            checked_at=now,
            until=lasts_until(claim.fact, now),
            next_check_at=look_again_at(claim.fact, now, entropy[8] / 255),
        )
    )


def _passed_on(state: Claims, command: c.PassOn) -> list[j.JournalledClaim]:
    """Return what becomes of the claims of who became another: twofold ones go, the rest moves."""
    events: list[j.JournalledClaim] = []
    for claim in state.claims_of(command.person) if command.person != command.into else ():
        if state.claim_about(command.into, claim.fact) is not None:
            events.append(j.ClaimDropped(id=claim.id, why="moved"))
        else:
            events.append(j.ClaimPassedOn(id=claim.id, person=command.into))
    return events
