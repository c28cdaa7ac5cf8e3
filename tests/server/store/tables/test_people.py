"""Tests of who is known to the server: by ids that last as long as something names them."""

from __future__ import annotations

import pytest

from roomcli.protocol.chat import ChatMessage
from roomcli.protocol.people import BanNotice, Person, SilenceNotice
from server.store import Seat, Store, people
from server.store.people import KEEP_PERSON

from ....support.evidence import ANN, BEN
from ....support.kinds_of_store import KindOfStore


def someone(number: int) -> Person:
    """Make the person with this number."""
    return Person(f"id{number}", f"P{number}", key=f"{number:032x}")


def name_by(store: Store, what: str, person: Person) -> None:
    """Let something that is kept name a person."""
    match what:
        case "seat":
            seat = Seat("hash", "standup", "s", person.key, person.name, "listener", None, 1e12)
            store.seats.save(seat)
        case "ban":
            ban = BanNotice(key=person.key, name="", at=1.0)
            store.bans.save("standup", ANN.key, ban)
        case "silence":
            silence = SilenceNotice(person=person.id, key=person.key, name="", at=1.0)
            store.silences.save("standup", ANN.key, silence)
        case "message":
            message = ChatMessage(number=1, person=person.id, name="", text="hi", at=1.0)
            store.chat.save("standup", message)


async def test_an_id_is_the_same_after_a_restart_and_of_two_keys_two(kind: KindOfStore) -> None:
    async with kind.open() as store:
        id = store.people.id_of(BEN.key)
        assert store.people.id_of(BEN.key) == id != store.people.id_of(ANN.key)
        assert store.people.find(id) is None, "only somebody who was in a room is kept"
        ben = Person(id, "Ben", "Opus", BEN.key)
        store.people.save(ben, 1.0)
    async with kind.open() as store:
        assert store.people.id_of(BEN.key) == id
        assert store.people.find(id) == ben


async def test_ids_of_whoever_only_says_hello_are_forgotten(kind: KindOfStore) -> None:
    async with kind.open() as store:
        first, here = (store.people.id_of(someone(number).key) for number in (0, 1))
        for number in range(2, 20_000):
            store.people.id_of(someone(number).key)
            if number % 5000 == 0:
                assert store.people.id_of(someone(1).key) == here, "who is here does something"
        assert store.people.id_of(someone(0).key) != first


@pytest.mark.parametrize("what", ["seat", "ban", "silence", "message", ""])
async def test_who_is_named_stays_and_others_go_after_a_month(kind: KindOfStore, what: str) -> None:
    async with kind.open() as store:
        store.people.save(someone(1), 1.0)
        name_by(store, what, someone(1))
        await store.people.forget_passing(KEEP_PERSON)
        assert store.people.find("id1") is not None
        await store.people.forget_passing(1.0 + KEEP_PERSON)
        assert (store.people.find("id1") is not None) is bool(what)
    async with kind.open() as store:
        assert (store.people.id_of(someone(1).key) == "id1") is bool(what)


async def test_a_flood_of_new_people_is_noticed_and_only_the_newest_stay(
    kind: KindOfStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = __import__("server.store.tables.people", fromlist=["MAX_PASSING"])
    monkeypatch.setattr(table, "MAX_PASSING", 3)
    assert people.MAX_PASSING > 3
    async with kind.open() as store:
        name_by(store, "message", someone(0))
        for number in range(5_000):
            assert not store.people.is_crowded
            store.people.save(someone(number), float(number))
        assert store.people.is_crowded
        await store.people.forget_passing(5_000.0)
        assert not store.people.is_crowded
        kept = [number for number in range(5_000) if store.people.find(f"id{number}")]
        assert kept == [0, 4_997, 4_998, 4_999]


async def test_whom_another_server_has_seen_meanwhile_is_not_forgotten(kind: KindOfStore) -> None:
    async with kind.open() as store:
        store.people.save(BEN, 1.0)
        await store.flushed()
        kind.edit("UPDATE people SET seen_at = 2.0 WHERE key = ?", BEN.key)
        await store.people.forget_passing(KEEP_PERSON + 10)
        await store.flushed()
    async with kind.open() as store:
        assert store.people.find(BEN.id) == BEN
