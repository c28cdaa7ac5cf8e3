"""Tests of claims to domains."""

from __future__ import annotations

import json

import pytest

from server.fetching.targets import AllowedHost, AllowedHosts
from server.people.claims.domains import look_at_domain, read_domain
from server.people.claims.proof import NotProven, NotReached, Proof
from server.people.claims.state import OwnDomain

from ....support.fake_documents import FakeDocuments, down
from .test_listed_keys import KEY, OTHER, did_document, method

KEYS = frozenset({KEY.fingerprint})
PLACE = "https://acme.example/.well-known/roomcli.json"
DID_PLACE = "https://acme.example/.well-known/did.json"


async def test_a_domain_lists_a_key_in_a_document_of_ours() -> None:
    fetcher = FakeDocuments()
    fetcher.documents[PLACE] = json.dumps({"keys": [OTHER.line, KEY.line]}).encode()
    own = read_domain("ACME.example", fetcher.allowed)
    assert await look_at_domain(fetcher, own, KEYS) == Proof(KEYS)
    assert fetcher.asked == [PLACE]


async def test_a_did_is_looked_at_in_its_document() -> None:
    fetcher = FakeDocuments()
    fetcher.documents[DID_PLACE] = did_document()
    own = read_domain("did:web:acme.example", fetcher.allowed)
    assert own == OwnDomain("acme.example", by_did=True)
    assert await look_at_domain(fetcher, own, KEYS) == Proof(KEYS)
    assert fetcher.asked == [DID_PLACE]


async def test_an_allowed_port_is_written_as_a_did_writes_it() -> None:
    fetcher = FakeDocuments(AllowedHosts([AllowedHost("acme.example", 8443)]))
    did = "did:web:acme.example%3A8443"
    own = read_domain(did, fetcher.allowed)
    assert own.domain == "acme.example:8443"
    fetcher.documents["https://acme.example:8443/.well-known/did.json"] = did_document(
        id=did, verificationMethod=[method(id=f"{did}#1", controller=did)], authentication=["#1"]
    ).replace(b'"#1"', f'"{did}#1"'.encode())
    assert await look_at_domain(fetcher, own, KEYS) == Proof(KEYS)


@pytest.mark.parametrize(
    "text",
    [
        *("", "acme", "localhost", "127.0.0.1", "[::1]", "acme.example:8443", "acme.example/x"),
        *("did:web:acme.example:ann", "did:web:acme.example%3A8443", "did:web:", "did:key:z6Mk"),
        *("did:web:acme.example%2fx", "https://acme.example", "ann@acme.example", "äcme.example"),
        *("acme.example.", "acme..example", "did:web:127.0.0.1", "acme.example%3a443"),
    ],
)
def test_what_is_no_domain_or_has_a_port_or_path_is_refused(text: str) -> None:
    with pytest.raises(NotProven) as error:
        read_domain(text, AllowedHosts())
    assert error.value.code == "bad_domain"


async def test_a_domain_that_lists_no_key_of_the_person_proves_nothing() -> None:
    fetcher = FakeDocuments()
    own = OwnDomain("acme.example")
    for answer in (404, 410, b'{"keys": []}', json.dumps({"keys": [OTHER.line]}).encode()):
        fetcher.documents[PLACE] = answer
        with pytest.raises(NotProven) as error:
            await look_at_domain(fetcher, own, KEYS)
        assert error.value.code == "not_listed"


@pytest.mark.parametrize("trouble", [500, 403, 204, down(), b"<html>", b"", b'{"keys": 5}'])
async def test_a_domain_that_cannot_be_read_does_not_say_that_it_is_not_so(trouble: object) -> None:
    fetcher = FakeDocuments()
    for own in (OwnDomain("acme.example"), OwnDomain("acme.example", by_did=True)):
        fetcher.documents = {PLACE: trouble, DID_PLACE: trouble}
        with pytest.raises(NotReached) as error:
            await look_at_domain(fetcher, own, KEYS)
        assert "html" not in str(error.value)
