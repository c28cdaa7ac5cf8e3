"""Tests of the table of claims."""

from __future__ import annotations

from roomcli.protocol.people import Person
from server.people.claims.state import (
    Claim,
    Fact,
    ForgeAccount,
    IssuerAccount,
    MailBox,
    OwnDomain,
)
from server.store.people import KEEP_PERSON

from ....support.kinds_of_store import KindOfStore

ANN = Person("0123456789abcdef", "Ann", key="a" * 32)
BEN = Person("fedcba9876543210", "Ben", key="b" * 32)
FACTS: tuple[Fact, ...] = (
    ForgeAccount("github", "github.com", "ann"),
    OwnDomain("acme.example", by_did=True),
    MailBox("acme.example", "a box"),
    IssuerAccount("https://sso.acme.example", "an account", "acme.example", by_device=True),
)


def claim(number: int, fact: Fact) -> Claim:
    """Return a claim of Ann's."""
    return Claim(
        id=str(number),
        person=ANN.id,
        fact=fact,
        key=ANN.key,
        proven_at=1.0,
        checked_at=2.0,
        until=3.0,
        next_check_at=2.5,
        account_since=0.5,
    )


CLAIMS = [claim(number, fact) for number, fact in enumerate(FACTS)]


async def test_claims_of_every_kind_are_there_after_a_restart(kind: KindOfStore) -> None:
    async with kind.open() as store:
        for each in CLAIMS:
            store.claims.save(each)
        store.claims.save(claim(9, FACTS[0]))
        store.claims.remove("9")
        store.claims.remove("nothing")
    async with kind.open() as store:
        assert sorted(store.claims.all_kept(), key=lambda each: each.id) == CLAIMS


async def test_whoever_has_a_claim_is_kept(kind: KindOfStore) -> None:
    async with kind.open() as store:
        for person in (ANN, BEN):
            store.people.save(person, 0.0)
        store.claims.save(CLAIMS[0])
        await store.people.forget_passing(KEEP_PERSON + 1.0)
        assert store.people.find(ANN.id) == ANN
        assert store.people.find(BEN.id) is None


async def test_the_store_opens_without_a_claim_that_is_damaged(kind: KindOfStore) -> None:
    told: list[str] = []
    async with kind.open() as store:
        for each in CLAIMS:
            store.claims.save(each)
    kind.edit("UPDATE claims SET claim = ? WHERE id = '0'", b"\xff")
    async with kind.open(lambda code, text: told.append(code)) as store:
        assert {each.id for each in store.claims.all_kept()} == {"1", "2", "3"}
    assert told == ["claims_unreadable"]
