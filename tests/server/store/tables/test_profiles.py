"""Tests of the table of profiles."""

from __future__ import annotations

from roomcli.protocol.people import Person
from roomcli.protocol.profile import Profile
from server.store.people import KEEP_PERSON

from ....support.kinds_of_store import KindOfStore

ANN = Person("0123456789abcdef", "Ann", key="a" * 32)
PROFILE = Profile(name="Ann", links=("https://ann.example",))


async def test_a_profile_is_there_after_a_restart_until_it_is_deleted(kind: KindOfStore) -> None:
    async with kind.open() as store:
        store.profiles.save(ANN.id, Profile(name="Ann"))
        store.profiles.save(ANN.id, PROFILE)
    async with kind.open() as store:
        assert store.profiles.of_person(ANN.id) == PROFILE
        store.profiles.forget(ANN.id)
        store.profiles.forget("nobody")
    async with kind.open() as store:
        assert store.profiles.of_person(ANN.id) is None


async def test_whoever_has_a_profile_is_kept(kind: KindOfStore) -> None:
    async with kind.open() as store:
        for person in (ANN, Person("fedcba9876543210", "Ben", key="b" * 32)):
            store.people.save(person, 0.0)
        store.profiles.save(ANN.id, PROFILE)
        await store.people.forget_passing(KEEP_PERSON + 1.0)
        assert store.people.find(ANN.id) == ANN
        assert store.people.find("fedcba9876543210") is None


async def test_a_profile_of_a_later_server_is_read_without_what_is_new(kind: KindOfStore) -> None:
    async with kind.open() as store:
        store.profiles.save(ANN.id, PROFILE)
    # {"name": "Ann", "later": 1}
    packed = b"\x82\xa4name\xa3Ann\xa5later\x01"
    kind.edit("UPDATE profiles SET profile = ?", packed)
    async with kind.open() as store:
        assert store.profiles.of_person(ANN.id) == Profile(name="Ann")


async def test_the_store_opens_without_a_profile_that_is_damaged(kind: KindOfStore) -> None:
    told: list[str] = []
    async with kind.open() as store:
        store.profiles.save(ANN.id, PROFILE)
        store.profiles.save("other", PROFILE)
    kind.edit("UPDATE profiles SET profile = ? WHERE person = 'other'", b"\xff")
    async with kind.open(lambda code, text: told.append(code)) as store:
        assert store.profiles.of_person(ANN.id) == PROFILE
        assert store.profiles.of_person("other") is None
    assert told == ["profiles_unreadable"]
