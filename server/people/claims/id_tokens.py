"""Checks ID tokens (OpenID Connect Core 1.0, 3.1.3.7)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from hmac import compare_digest
from math import isfinite
from typing import Any

from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import JWKRegistry, Key, KeySet

from .issuers import Issuer, decode_object
from .mail_address import read_address
from .proof import NotProven
from .state import IssuerAccount

LEEWAY = 60.0
"""Seconds by which the issuer's clock may differ."""
MAX_AGE = 600.0
"""Seconds ago that a token may have been made."""
MAX_TOKEN = 16 * 1024
MAX_SUBJECT = 255
MAX_KEYS = 100


class UnknownKey(Exception):
    """The token is signed by a key that the issuer did not list when it was asked."""


def check_id_token(
    token: str,
    key_list: bytes,
    issuer: Issuer,
    algorithms: Sequence[str],
    nonce: str | None,
    now: float,
) -> IssuerAccount:
    """Return whose account a token proves. ``nonce`` is None for the device flow, which has none.

    Raises NotProven ``bad_token``, UnknownKey.
    """
    claims = _signed_claims(token, key_list, algorithms)
    if claims.get("iss") != issuer.url:
        raise _bad("it is of another issuer")
    _check_audience(claims, issuer.client_id)
    if now >= _moment(claims, "exp") + LEEWAY:
        raise _bad("it is too old")
    made = _moment(claims, "iat")
    if not made - LEEWAY <= now < made + MAX_AGE:
        raise _bad("it was not made just now")
    told = claims.get("nonce")
    if nonce is not None and not (isinstance(told, str) and _is_equal(told, nonce)):
        raise _bad("it was made for another sign-on")
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= MAX_SUBJECT:
        raise _bad("it names nobody")
    account = hashlib.sha256(f"{issuer.url}\x00{subject}".encode("utf-8", "replace")).hexdigest()
    return IssuerAccount(issuer.url, account, _mail_domain(claims, issuer), nonce is None)


def _signed_claims(token: str, key_list: bytes, algorithms: Sequence[str]) -> dict[str, Any]:
    if len(token) > MAX_TOKEN:
        raise _bad("it is too long")
    try:
        keys = KeySet(_public_keys(key_list))
        return dict(jwt.decode(token, keys, algorithms=list(algorithms)).claims)
    except InvalidKeyIdError:
        raise UnknownKey from None
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise _bad("its signature does not fit") from None


def _public_keys(key_list: bytes) -> list[Key]:
    """Return the public keys of a JSON Web Key Set; what cannot be used is left out."""
    listed = decode_object(key_list).get("keys")
    keys = []
    for each in listed[:MAX_KEYS] if isinstance(listed, list) else ():
        if isinstance(each, dict) and each.get("kty") in ("RSA", "EC", "OKP"):
            try:
                keys.append(JWKRegistry.import_key(each))
            except (JoseError, ValueError, TypeError, KeyError):
                continue
    return keys


def _check_audience(claims: dict[str, Any], client_id: str) -> None:
    audience, party = claims.get("aud"), claims.get("azp")
    audiences = [audience] if isinstance(audience, str) else audience
    if not isinstance(audiences, list) or client_id not in audiences:
        raise _bad("it is for somebody else")
    if (len(audiences) > 1 or party is not None) and party != client_id:
        raise _bad("it was given to somebody else")


def _mail_domain(claims: dict[str, Any], issuer: Issuer) -> str:
    """Return the company at which the issuer says the person has mail, if it may say that."""
    address = claims.get("email")
    if claims.get("email_verified") is not True or not isinstance(address, str):
        return ""
    try:
        return read_address(address, issuer.domains).domain
    except NotProven:
        return ""


def _moment(claims: dict[str, Any], name: str) -> float:
    value = claims.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool) or not isfinite(value):
        raise _bad("it does not say from when until when it is good")
    return value


def _is_equal(told: str, expected: str) -> bool:
    return compare_digest(told.encode("utf-8", "replace"), expected.encode())


def _bad(why: str) -> NotProven:
    return NotProven("bad_token", f"what the issuer says cannot be believed: {why}")
