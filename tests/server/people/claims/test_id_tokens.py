"""Tests of checking what an issuer signed."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from server.people.claims.id_tokens import LEEWAY, MAX_AGE, UnknownKey, check_id_token
from server.people.claims.issuers import Issuer
from server.people.claims.proof import NotProven
from server.people.claims.state import IssuerAccount

from ....support.openid_provider import OpenIdProvider

NOW = 1_764_000_000.0
URL = "https://sso.acme.example"
ACME = Issuer(url=URL, name="Acme", client_id="roomcli", domains=frozenset({"acme.example"}))
ALGORITHMS = ("RS256", "ES256")


@pytest.fixture(scope="module")
def provider() -> OpenIdProvider:
    """Acme's provider."""
    return OpenIdProvider(URL, NOW)


def check(
    provider: OpenIdProvider,
    token: str,
    nonce: str | None = "n",
    issuer: Issuer = ACME,
    algorithms: tuple[str, ...] = ALGORITHMS,
) -> IssuerAccount:
    """Check a token by the provider's keys."""
    _, keys = provider.respond("/keys", {})
    return check_id_token(token, keys, issuer, algorithms, nonce, NOW)


def test_a_token_proves_an_account(provider: OpenIdProvider) -> None:
    account = check(provider, provider.token("n"))
    assert (account.issuer, account.domain, account.by_device) == (URL, "", False)
    assert provider.subject not in account.account
    assert check(provider, provider.token("n", exp=NOW + 1)) == account
    assert check(provider, provider.token("n", sub="other")).account != account.account


def test_the_account_is_the_subject_of_that_issuer(provider: OpenIdProvider) -> None:
    other = Issuer(url="https://sso.other.example", name="Other", client_id="roomcli")
    here = check(provider, provider.token("n"))
    there = check(provider, provider.token("n", iss=other.url), issuer=other)
    assert here.account != there.account


@pytest.mark.parametrize(
    "claims",
    [
        *({"iss": "https://evil.example"}, {"iss": f"{URL}/"}, {"iss": None}, {"iss": [URL]}),
        *({"aud": "other"}, {"aud": None}, {"aud": []}, {"aud": ["other"]}, {"aud": 5}),
        *({"aud": ["roomcli", "other"]}, {"aud": ["roomcli", "other"], "azp": "other"}),
        *({"azp": "other"}, {"azp": ""}, {"aud": {"roomcli": 1}}, {"aud": "roomcli other"}),
        *({"exp": NOW - LEEWAY}, {"exp": None}, {"exp": "9999999999"}, {"exp": True}),
        *({"exp": float("nan")}, {"exp": float("inf")}, {"iat": float("nan")}, {"iat": None}),
        *({"iat": NOW + 2 * LEEWAY}, {"iat": NOW - MAX_AGE}, {"iat": "now"}),
        *({"nonce": "m"}, {"nonce": None}, {"nonce": 5}, {"nonce": ["n"]}),
        *({"sub": ""}, {"sub": None}, {"sub": 5}, {"sub": "s" * 256}),
    ],
)
def test_a_token_for_somebody_else_or_another_moment_is_refused(
    provider: OpenIdProvider, claims: dict[str, Any]
) -> None:
    with pytest.raises(NotProven) as error:
        check(provider, provider.token(**{"nonce": "n", **claims}))
    assert error.value.code == "bad_token"


def test_several_audiences_need_to_say_that_it_is_us(provider: OpenIdProvider) -> None:
    check(provider, provider.token("n", aud=["roomcli", "other"], azp="roomcli"))
    check(provider, provider.token("n", aud=["roomcli"], azp="roomcli"))


def test_the_device_flow_has_no_nonce_and_the_claim_says_so(provider: OpenIdProvider) -> None:
    assert check(provider, provider.token(), nonce=None).by_device


@pytest.mark.parametrize(
    ("mail", "domain"),
    [
        ({"email": "ann@acme.example", "email_verified": True}, "acme.example"),
        ({"email": "ann@ACME.example", "email_verified": True}, "acme.example"),
        ({"email": "ann@acme.example", "email_verified": False}, ""),
        ({"email": "ann@acme.example", "email_verified": "true"}, ""),
        ({"email": "ann@acme.example", "email_verified": 1}, ""),
        ({"email": "ann@acme.example"}, ""),
        ({"email": "ann@other.example", "email_verified": True}, ""),
        ({"email": "ann@other.example,x@acme.example", "email_verified": True}, ""),
        ({"email": "x@evil.example@acme.example", "email_verified": True}, ""),
        ({"email": 5, "email_verified": True}, ""),
    ],
)
def test_a_mail_domain_counts_if_verified_and_if_the_admin_tied_the_issuer_to_it(
    provider: OpenIdProvider, mail: dict[str, Any], domain: str
) -> None:
    assert check(provider, provider.token("n", **mail)).domain == domain
    untied = Issuer(url=URL, name="Acme", client_id="roomcli")
    assert check(provider, provider.token("n", **mail), issuer=untied).domain == ""


def encoded(part: object) -> str:
    """Return a part of a token."""
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def test_none_is_no_algorithm(provider: OpenIdProvider) -> None:
    body = provider.token("n").split(".")[1]
    for algorithm in ("none", "None", "NONE", ""):
        for signature in ("", "AAAA"):
            token = f"{encoded({'alg': algorithm, 'kid': provider.key.kid})}.{body}.{signature}"
            with pytest.raises(NotProven) as error:
                check(provider, token)
            assert error.value.code == "bad_token"
    assert check(provider, provider.token("n")), "the same is believed when it is signed"


def test_a_public_key_is_no_shared_secret(provider: OpenIdProvider) -> None:
    claims = json.loads(base64.urlsafe_b64decode(provider.token("n").split(".")[1] + "=="))
    public = OctKey.import_key(json.dumps(provider.key.as_dict(private=False)))
    token = jwt.encode(
        {"alg": "HS256", "kid": provider.key.kid}, claims, public, algorithms=["HS256"]
    )
    with pytest.raises(NotProven) as error:
        check(provider, token)
    assert error.value.code == "bad_token"


def test_an_algorithm_that_the_issuer_does_not_list_is_refused(provider: OpenIdProvider) -> None:
    with pytest.raises(NotProven):
        check(provider, provider.token("n"), algorithms=("RS256",))


def test_a_signature_by_another_key_of_the_same_name_is_refused(provider: OpenIdProvider) -> None:
    forger = OpenIdProvider(URL, NOW)
    assert forger.key.kid == provider.key.kid
    with pytest.raises(NotProven):
        check(provider, forger.token("n"))
    forger.key = ECKey.generate_key("P-256", {"kid": "two"})
    with pytest.raises(UnknownKey):
        check(provider, forger.token("n"))


def test_a_key_inside_the_token_is_not_believed(provider: OpenIdProvider) -> None:
    forger = ECKey.generate_key("P-256", {"kid": "one"})
    header = {"alg": "ES256", "kid": "one", "jwk": forger.as_dict(private=False)}
    claims = json.loads(base64.urlsafe_b64decode(provider.token("n").split(".")[1] + "=="))
    with pytest.raises(NotProven):
        check(provider, jwt.encode(header, claims, forger))


@pytest.mark.parametrize(
    "token", ["", ".", "..", "a.b.c", "a" * 20_000, "é.é.é", '{"a": 1}', "a.b.c.d.e"]
)
def test_what_is_no_token_is_refused(provider: OpenIdProvider, token: str) -> None:
    with pytest.raises(NotProven):
        check(provider, token)


@pytest.mark.parametrize(
    "keys", [b"", b"{}", b'{"keys": 5}', b'{"keys": [{"kty": "oct", "k": "AA"}]}']
)
def test_an_issuer_without_keys_proves_nothing(provider: OpenIdProvider, keys: bytes) -> None:
    with pytest.raises((NotProven, UnknownKey)):
        check_id_token(provider.token("n"), keys, ACME, ALGORITHMS, "n", NOW)
