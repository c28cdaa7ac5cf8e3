"""Tests of sign-ons that have begun: what the browser is sent with, and who may finish them."""

from __future__ import annotations

import base64
import hashlib
from urllib.parse import parse_qs, urlsplit

import pytest

from roomcli.errors import CommandRefused
from server.people.claims.issuers import Endpoints, Issuer
from server.people.claims.sign_ons import ENTROPY_BYTES, SIGN_ON_SECONDS, SignOn, SignOns

NOW = 1_764_000_000.0
KEY = "a" * 32
ACME = Issuer(url="https://sso.acme.example", name="Acme", client_id="roomcli", secret="s3cret")
ENDPOINTS = Endpoints(
    authorization="https://sso.acme.example/authorize?tenant=1",
    token="https://sso.acme.example/token",
    keys="https://sso.acme.example/keys",
    device="",
    algorithms=("ES256",),
    takes_basic=True,
)


def entropy(number: int = 1) -> bytes:
    """Return bytes that are not random."""
    return hashlib.shake_128(bytes([number])).digest(ENTROPY_BYTES)


@pytest.fixture
def sign_ons() -> SignOns:
    """Nobody signs on."""
    return SignOns()


def begin(sign_ons: SignOns, person: str = "ann", number: int = 1) -> SignOn:
    """Begin a sign-on."""
    return sign_ons.begin_sign_on(person, KEY, ACME, 50123, NOW, entropy(number))


def finish(sign_ons: SignOns, begun: SignOn, **details: object) -> str:
    """Return the code of the refusal, or empty."""
    asked = {"person": "ann", "keys": {KEY}, "attempt": begun.attempt, "state": begun.sent_state}
    try:
        found = sign_ons.finish(**{**asked, "now": NOW + 1, **details})  # type: ignore[arg-type]
    except CommandRefused as error:
        return error.code
    assert found == begun
    return ""


def test_the_browser_is_sent_with_state_nonce_and_a_challenge(sign_ons: SignOns) -> None:
    begun = begin(sign_ons)
    address = begun.address(ENDPOINTS)
    query = {name: value[0] for name, value in parse_qs(urlsplit(address).query).items()}
    digest = hashlib.sha256(begun.verifier.encode()).digest()
    assert query == {
        "tenant": "1",
        "response_type": "code",
        "client_id": "roomcli",
        "redirect_uri": "http://127.0.0.1:50123/",
        "scope": "openid email",
        "state": begun.sent_state,
        "nonce": begun.nonce,
        "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
        "code_challenge_method": "S256",
    }
    assert len(begun.verifier) >= 43
    assert begun.verifier not in address
    for secret in (begun.sent_state, begun.nonce, begun.verifier, "s3cret"):
        assert secret not in repr(begun)


def test_a_sign_on_is_finished_once(sign_ons: SignOns) -> None:
    begun = begin(sign_ons)
    assert finish(sign_ons, begun) == ""
    assert finish(sign_ons, begun) == "no_such_sign_on"


@pytest.mark.parametrize(
    "wrong",
    [{"person": "eve"}, {"keys": {"b" * 32}}, {"attempt": "f" * 32}, {"attempt": ""}],
)
def test_it_is_one_persons_one_keys_and_one_attempts(
    sign_ons: SignOns, wrong: dict[str, object]
) -> None:
    begun = begin(sign_ons)
    assert finish(sign_ons, begun, **wrong) == "no_such_sign_on"
    assert finish(sign_ons, begun) == ""  # nobody else ended it


@pytest.mark.parametrize("state", ["", "x", "ä\ud800"])
def test_another_state_ends_it(sign_ons: SignOns, state: str) -> None:
    begun = begin(sign_ons)
    assert finish(sign_ons, begun, state=state) == "no_such_sign_on"
    assert finish(sign_ons, begun) == "no_such_sign_on"


def test_it_is_good_for_ten_minutes(sign_ons: SignOns) -> None:
    assert SIGN_ON_SECONDS == 600
    assert finish(sign_ons, begin(sign_ons), now=NOW + SIGN_ON_SECONDS) == "no_such_sign_on"
    assert finish(sign_ons, begin(sign_ons), now=NOW + SIGN_ON_SECONDS - 1) == ""


def test_a_person_has_one_at_a_time(sign_ons: SignOns) -> None:
    first, others, second = begin(sign_ons), begin(sign_ons, "bob", 2), begin(sign_ons, "ann", 3)
    assert len({each.sent_state for each in (first, others, second)}) == 3
    assert finish(sign_ons, first) == "no_such_sign_on"
    assert finish(sign_ons, second) == ""
    assert finish(sign_ons, others, person="bob") == ""
    gone = begin(sign_ons)
    sign_ons.forget_person("ann")
    assert finish(sign_ons, gone) == "no_such_sign_on"
