"""Why a claim is refused: a stable code and a line for a person."""

from __future__ import annotations

from typing import Literal

from roomcli.errors import CommandRefused

RefusedClaim = Literal[
    "no_such_claim",
    "too_many_claims",
    "server_full",
    "claimed_by_another",
    "no_mail",
    "too_many_mails",
    "no_such_code",
    "wrong_code",
    "no_such_issuer",
    "no_device_flow",
    "issuer_unreached",
    "no_such_sign_on",
    "busy_claiming",
]
REFUSED_CLAIMS: dict[RefusedClaim, str] = {
    "no_such_claim": "you have no claim with this id",
    "too_many_claims": "you have as many claims as one can have: withdraw one first",
    "server_full": "this server has no place for another claim now",
    "claimed_by_another": "somebody else here has proven this: they have to withdraw it first",
    "no_mail": "this server sends no mail: its admin can change that",
    "too_many_mails": "too many codes were sent: wait a while, and look into the mail you have",
    "no_such_code": "this code is too old, was used, was asked for elsewhere, or had too many"
    " wrong tries: ask for a new one",
    "wrong_code": "this is not the code that was sent",
    "no_such_issuer": "this server's admin names no such issuer",
    "no_device_flow": "this issuer takes no codes typed on another device here: sign on with a"
    " browser on this machine",
    "issuer_unreached": "this issuer does not answer at present: try again in a minute",
    "no_such_sign_on": "this sign-on is too old, was used, or was begun elsewhere: begin anew",
    "busy_claiming": "what you asked for before is still being looked at: wait for that",
}


def refuse_claim(code: RefusedClaim, retry_after: float | None = None) -> CommandRefused:
    """Return the error to raise."""
    return CommandRefused(code, REFUSED_CLAIMS[code], retry_after=retry_after)
