"""Tests of ties and profiles that follow the keys of people."""

from __future__ import annotations

from roomcli.protocol.people import Person
from roomcli.protocol.profile import Profile
from server.people.keyring.state import KeyRecord, KnownPerson, Past
from server.people.ties.holder import TieHolder
from server.store import Store

from ....support.memory_store import memory_store


def known(person: Person) -> KnownPerson:
    record = KeyRecord(id=person.key, seen_at=0.0, joined_at=0.0)
    return KnownPerson(id=person.key, keys=(record,))


def filled() -> tuple[Store, tuple[Person, Person, Person]]:
    store = memory_store()
    ann, ben, eve = (
        Person(store.people.id_of(key * 32), name, key=key * 32)
        for key, name in (("a", "Ann"), ("b", "Ben"), ("e", "Eve"))
    )
    for each in (ann, ben, eve):
        store.people.save(each, 0.0)
    return store, (ann, ben, eve)


async def test_whoever_blocks_either_blocks_both_as_one() -> None:
    store, (ann, ben, eve) = filled()
    store.ties.tie(eve.id, "blocks", ann.id, 1.0)
    store.ties.tie(ann.id, "blocks", eve.id, 2.0)
    store.ties.tie(ann.id, "follows", ben.id, 3.0)
    store.ties.tie(ben.id, "follows", ann.id, 4.0)
    holdings = await TieHolder(store).look_up(known(ann))
    assert holdings.past == Past(blocked_by=frozenset({eve.key}))
    holdings.move(ann, ben, holdings.past)
    assert dict(store.ties.made_by(eve.id, "blocks")) == {ben.id: 1.0}
    assert dict(store.ties.made_by(ben.id, "blocks")) == {eve.id: 2.0}
    assert not store.ties.made_by(ben.id, "follows"), "nobody follows themselves"
    assert not store.ties.tied_to(ann.id, "follows") | store.ties.tied_to(ann.id, "blocks")


async def test_of_two_profiles_that_of_who_stays_is_kept() -> None:
    store, (ann, ben, _) = filled()
    store.profiles.save(ann.id, Profile(name="Ann"))
    (await TieHolder(store).look_up(known(ann))).move(ann, ben, Past())
    assert store.profiles.of_person(ben.id) == Profile(name="Ann")
    store.profiles.save(ann.id, Profile(name="Anna"))
    (await TieHolder(store).look_up(known(ann))).move(ann, ben, Past())
    assert store.profiles.of_person(ben.id) == Profile(name="Ann")
    assert store.profiles.of_person(ann.id) is None


async def test_a_key_that_splits_off_takes_along_who_blocks_whom() -> None:
    store, (ann, ben, eve) = filled()
    store.ties.tie(eve.id, "blocks", ann.id, 1.0)
    store.ties.tie(ann.id, "blocks", eve.id, 2.0)
    store.ties.tie(ann.id, "follows", eve.id, 3.0)
    (await TieHolder(store).look_up(known(ann))).copy(ann, ben)
    assert store.ties.made_by(eve.id, "blocks").keys() == {ann.id, ben.id}
    assert store.ties.made_by(ben.id, "blocks").keys() == {eve.id}
    assert not store.ties.made_by(ben.id, "follows")
