"""Claims after an event. Pure, and without judgement: what is in the journal happened."""

from __future__ import annotations

from msgspec.structs import replace

from roomcli.protocol.evolve_view import without

from . import journal as j
from .state import Claim, Claims, sole_holding


def evolve(state: Claims, event: j.JournalledClaim) -> Claims:
    """Return the state after ``event``."""
    match event:
        case j.ClaimRecorded(claim=claim):
            return _added(_removed(state, claim.id) if claim.id in state.claims else state, claim)
        case j.CheckMissed(id=id, next_check_at=next_check_at):
            claim = replace(state.claims[id], next_check_at=next_check_at)
            return replace(state, claims={**state.claims, id: claim})
        case j.ClaimHidden(id=id, hidden=hidden):
            claim = replace(state.claims[id], hidden=hidden)
            return replace(state, claims={**state.claims, id: claim})
        case j.ClaimDropped(id=id):
            return _removed(state, id)
        case j.ClaimPassedOn(id=id, person=person):
            return _added(_removed(state, id), replace(state.claims[id], person=person))


def _added(state: Claims, claim: Claim) -> Claims:
    own = (*state.of_person.get(claim.person, ()), claim.id)
    holding = sole_holding(claim.fact)
    return replace(
        state,
        claims={**state.claims, claim.id: claim},
        of_person={**state.of_person, claim.person: own},
        holders={**state.holders, holding: claim.id} if holding else state.holders,
    )


def _removed(state: Claims, id: str) -> Claims:
    claim = state.claims[id]
    left = tuple(each for each in state.of_person[claim.person] if each != id)
    of_person = without(state.of_person, claim.person)
    holding = sole_holding(claim.fact)
    held = state.holders.get(holding) == id
    return replace(
        state,
        claims=without(state.claims, id),
        of_person={**of_person, claim.person: left} if left else of_person,
        holders=without(state.holders, holding) if held else state.holders,
    )
