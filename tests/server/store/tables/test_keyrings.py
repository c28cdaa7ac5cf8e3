"""Tests of what is kept of people's keys, and of what happens where it is damaged."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from roomcli.errors import CommandRefused, ConfigError
from server.clock import Clock
from server.people.identities import Identities
from server.people.keyring.state import KeyRecord, KnownPerson, Past
from server.store.people import KEEP_PERSON

from ....support.evidence import ANN, BEN
from ....support.kinds_of_store import KindOfStore

PERSON = KnownPerson(
    id=BEN.key,
    keys=(
        KeyRecord(id=BEN.key, seen_at=1.0, joined_at=1.0, revoked_at=3.0, revoked_by="2" * 32),
        KeyRecord(id="2" * 32, seen_at=2.0, joined_at=2.0, introduced_by=BEN.key),
    ),
    recovery="3" * 32,
    past=Past(reports=frozenset({"one"}), withheld={"room/standup@7": 4}),
    claims=frozenset({("github", "2" * 32)}),
)


async def test_keys_are_kept_until_they_are_forgotten(kind: KindOfStore) -> None:
    other = replace(PERSON, id=ANN.key, keys=(KeyRecord(id=ANN.key, seen_at=1.0, joined_at=1.0),))
    async with kind.open() as store:
        store.keyrings.save(replace(PERSON, recovery=""))
        store.keyrings.save(PERSON)
        store.keyrings.save(other)
        store.keyrings.forget(ANN.key)
        store.keyrings.forget("nobody")
    async with kind.open() as store:
        assert store.keyrings.everybody() == [PERSON]
        assert not store.keyrings.is_damaged(BEN.key)


async def test_whose_keys_are_kept_is_known_by_the_same_id(kind: KindOfStore) -> None:
    async with kind.open() as store:
        store.people.save(BEN, 1.0)
        store.people.save(ANN, 1.0)
        store.keyrings.save(PERSON)
        await store.flushed()
        await store.people.forget_passing(2.0 + KEEP_PERSON)
        assert store.people.find(BEN.id) is not None
        assert store.people.find(ANN.id) is None


@pytest.mark.parametrize("damage", [b"\0", b""])
async def test_a_key_that_may_be_revoked_signs_in_no_more(kind: KindOfStore, damage: bytes) -> None:
    told: list[str] = []
    async with kind.open() as store:
        store.keyrings.save(PERSON)
    kind.edit("UPDATE keyrings SET state = ?", damage)
    async with kind.open(lambda code, text: told.append(code)) as store:
        identities = Identities(store, Clock())
        with pytest.raises(CommandRefused, match="damaged: ask its admin") as refused:
            identities.sign_in(BEN.key)
        assert refused.value.code == "failed"
        assert identities.sign_in(ANN.key) == ANN.key
        assert identities.sign_in("2" * 32) == "2" * 32, "nobody they were before"
    assert told == ["keys_unreadable"]


async def test_without_any_of_it_no_server_starts(kind: KindOfStore) -> None:
    async with kind.open() as store:
        store.keyrings.save(PERSON)
    kind.edit("DROP TABLE keyrings")
    with pytest.raises(ConfigError, match=r"damaged.*backup|cannot be read"):
        async with kind.open():
            pass
