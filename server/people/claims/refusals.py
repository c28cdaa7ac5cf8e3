"""Why a claim is refused: a stable code and a line for a person."""

from __future__ import annotations

from typing import Literal

from roomcli.errors import CommandRefused

RefusedClaim = Literal[
    "no_such_claim",
    "too_many_claims",
    "claimed_by_another",
]
REFUSED_CLAIMS: dict[RefusedClaim, str] = {
    "no_such_claim": "you have no claim with this id",
    "too_many_claims": "you have as many claims as one can have: withdraw one first",
    "claimed_by_another": "somebody else here has proven this: they have to withdraw it first",
}


def refuse_claim(code: RefusedClaim, retry_after: float | None = None) -> CommandRefused:
    """Return the error to raise."""
    return CommandRefused(code, REFUSED_CLAIMS[code], retry_after=retry_after)
