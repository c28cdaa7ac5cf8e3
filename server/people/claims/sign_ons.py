"""Sign-ons with an issuer that have begun: authorization code with PKCE (RFC 6749, 7636, 8252).

Pure: time and randomness come in as arguments. State, nonce and verifier are the server's, for one
person and key, for ten minutes, once.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Collection
from dataclasses import dataclass, field
from hmac import compare_digest
from urllib.parse import urlencode

from .issuers import Endpoints, Issuer
from .refusals import refuse_claim

SIGN_ON_SECONDS = 600.0
ENTROPY_BYTES = 112
MAX_BEGUN = 10_000
SCOPE = "openid email"


@dataclass(frozen=True)
class SignOn:
    """A sign-on that has begun; ``attempt`` is told to the one connection that began it."""

    attempt: str
    person: str
    key: str
    issuer: Issuer
    redirect: str
    sent_state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    until: float = 0.0

    def address(self, endpoints: Endpoints) -> str:
        """Return the address that the person opens in a browser."""
        challenge = hashlib.sha256(self.verifier.encode()).digest()
        query = urlencode(
            {
                "response_type": "code",
                "client_id": self.issuer.client_id,
                "redirect_uri": self.redirect,
                "scope": SCOPE,
                "state": self.sent_state,
                "nonce": self.nonce,
                "code_challenge": _unpadded(challenge),
                "code_challenge_method": "S256",
            }
        )
        separator = "&" if "?" in endpoints.authorization else "?"
        return f"{endpoints.authorization}{separator}{query}"


class SignOns:
    """All sign-ons that have begun, one for each person."""

    def __init__(self) -> None:
        self._begun: dict[str, SignOn] = {}

    def begin_sign_on(
        self, person: str, key: str, issuer: Issuer, port: int, now: float, entropy: bytes
    ) -> SignOn:
        """Return a new sign-on, in place of the one that the person has.

        ``port`` is where the person's own machine waits for the browser to come back.
        """
        if len(entropy) != ENTROPY_BYTES:
            raise ValueError(f"{ENTROPY_BYTES} bytes of entropy are needed")
        still = [each for each in self._begun.values() if each.person != person]
        still = [each for each in still if now < each.until][-MAX_BEGUN + 1 :]
        sign_on = SignOn(
            entropy[:16].hex(),
            person,
            key,
            issuer,
            f"http://127.0.0.1:{port}/",
            sent_state=_unpadded(entropy[16:48]),
            nonce=_unpadded(entropy[48:80]),
            verifier=_unpadded(entropy[80:]),
            until=now + SIGN_ON_SECONDS,
        )
        self._begun = {each.attempt: each for each in (*still, sign_on)}
        return sign_on

    def finish(
        self, person: str, keys: Collection[str], attempt: str, state: str, now: float
    ) -> SignOn:
        """Return the sign-on from which a browser came back with this state; it is used up.

        ``keys`` are those of the person that are in force. Raises CommandRefused
        ``no_such_sign_on``.
        """
        sign_on = self._begun.get(attempt)
        if sign_on is None or sign_on.person != person or sign_on.key not in keys:
            raise refuse_claim("no_such_sign_on")
        del self._begun[attempt]
        fits = compare_digest(sign_on.sent_state.encode(), state.encode("utf-8", "replace"))
        if now >= sign_on.until or not fits:
            raise refuse_claim("no_such_sign_on")
        return sign_on

    def forget_person(self, person: str) -> None:
        """End what a person has begun."""
        left = {id: each for id, each in self._begun.items() if each.person != person}
        self._begun = left


def _unpadded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
