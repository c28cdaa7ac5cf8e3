"""Tests of reading the keys that forges, domains and DID documents list."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from roomcli.protocol.ssh.keys import SshKey, ed25519_key, parse_key_line
from server.people.claims.listed_keys import (
    keys_of_did,
    keys_of_domain,
    keys_of_json_list,
    keys_of_lines,
)


def key_number(number: int) -> SshKey:
    """Return one of many keys."""
    secret = ed25519.Ed25519PrivateKey.from_private_bytes(number.to_bytes(32, "big"))
    return ed25519_key(secret.public_key().public_bytes_raw())


KEY, OTHER = key_number(1), key_number(2)
NIST = ec.derive_private_key(7, ec.SECP256R1()).public_key()
NIST_LINE = NIST.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
DID = "did:web:acme.example"


def base58(raw: bytes) -> str:
    """Return bytes in base 58, as Bitcoin writes them."""
    letters = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    number, text = int.from_bytes(raw, "big"), ""
    while number:
        number, rest = divmod(number, 58)
        text = letters[rest] + text
    return text


def multikey(point: bytes) -> str:
    """Return an Ed25519 key as a DID document has it."""
    return "z" + base58(b"\xed\x01" + point)


def method(**fields: object) -> dict[str, Any]:
    """Return a verification method of the domain."""
    usual = {"id": f"{DID}#one", "type": "Multikey", "controller": DID}
    return {**usual, "publicKeyMultibase": multikey(KEY.point), **fields}


def did_document(**fields: object) -> bytes:
    """Return a DID document with one key for authentication."""
    usual = {"id": DID, "verificationMethod": [method()], "authentication": [f"{DID}#one"]}
    return json.dumps({**usual, **fields}).encode()


def test_each_line_is_a_key_and_what_is_none_is_left_out() -> None:
    weak = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAQQC= short"
    lines = [
        f"{KEY.line} ann (at the forge)",
        "",
        "# a comment",
        weak,
        f'command="rm" {OTHER.line}',
        f"cert-authority {OTHER.line}",
        "ssh-dss AAAA",
        NIST_LINE,
    ]
    found = keys_of_lines("\r\n".join(lines).encode())
    assert found == {KEY.fingerprint, parse_key_line(NIST_LINE).fingerprint}


def test_a_page_in_place_of_keys_is_no_list_without_keys() -> None:
    with pytest.raises(ValueError, match="page"):
        keys_of_lines(b"\n<!doctype html><title>We are back soon</title>")
    assert keys_of_lines(b"") == set()


def test_the_interface_of_github_gives_a_list_of_objects() -> None:
    body = json.dumps([{"id": 1, "key": KEY.line, "title": "x"}, {"key": 5}, {}, "x"]).encode()
    assert keys_of_json_list(body) == {KEY.fingerprint}
    for wrong in (b"{}", b"nonsense", b"", b'{"message": "rate limit"}'):
        with pytest.raises(ValueError, match="no"):
            keys_of_json_list(wrong)


def test_a_domain_lists_keys_as_lines_or_fingerprints() -> None:
    body = json.dumps({"keys": [KEY.line, OTHER.fingerprint, 5, None, "f" * 33, "nonsense"]})
    assert keys_of_domain(body.encode()) == {KEY.fingerprint, OTHER.fingerprint}
    for wrong in (b"[]", b'{"keys": {}}', b"{", b"null"):
        with pytest.raises(ValueError, match="no"):
            keys_of_domain(wrong)


def test_a_did_document_names_keys_in_three_ways() -> None:
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": base64url(OTHER.point)}
    numbers = NIST.public_numbers()
    nist = {
        "kty": "EC",
        "crv": "P-256",
        "x": base64url(numbers.x.to_bytes(32, "big")),
        "y": base64url(numbers.y.to_bytes(32, "big")),
    }
    own = method(id="#two", publicKeyJwk=jwk)
    del own["publicKeyMultibase"]
    within = method(id="#three", publicKeyJwk=nist)
    del within["publicKeyMultibase"]
    body = did_document(
        verificationMethod=[method(), own],
        authentication=[f"{DID}#one", within],
        assertionMethod=["#two"],
    )
    assert keys_of_did(body, DID) == {
        KEY.fingerprint,
        OTHER.fingerprint,
        parse_key_line(NIST_LINE).fingerprint,
    }


def base64url(raw: bytes) -> str:
    """Return bytes as JSON Web Keys have them."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


@pytest.mark.parametrize(
    "fields",
    [
        {"authentication": []},
        {"authentication": [], "keyAgreement": [f"{DID}#one"]},
        {"verificationMethod": [method(controller="did:web:evil.example")]},
        {"verificationMethod": [method(publicKeyMultibase=multikey(KEY.point)[1:])]},
        {"verificationMethod": [method(publicKeyMultibase="z" + base58(b"\xec\x01" + KEY.point))]},
        {"verificationMethod": [method(publicKeyMultibase="z0OIl")]},
        {"verificationMethod": [method(publicKeyMultibase="z" + "2" * 5000)]},
        {"verificationMethod": [method(publicKeyMultibase=7)]},
        {"verificationMethod": {}},
        {"authentication": [7, None, [], {"controller": DID, "publicKeyJwk": {"kty": "EC"}}]},
    ],
)
def test_a_key_that_the_domain_does_not_sign_in_by_is_left_out(fields: dict[str, object]) -> None:
    assert keys_of_did(did_document(**fields), DID) == set()


def test_the_document_of_another_did_is_refused() -> None:
    with pytest.raises(ValueError, match="DID"):
        keys_of_did(did_document(id="did:web:evil.example"), DID)


@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
@settings(max_examples=50)
def test_any_bytes_are_keys_or_refused(body: bytes) -> None:
    for read in (keys_of_lines, keys_of_json_list, keys_of_domain, lambda b: keys_of_did(b, DID)):
        try:
            found = read(body)
        except ValueError:
            continue
        assert all(len(each) == 32 for each in found)
