"""Tests of who is known to the server: by ids that last as long as something names them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from roomcli.protocol.chat import ChatMessage
from roomcli.protocol.people import BanNotice, Person, SilenceNotice
from server.rooms.restoring import restored_room
from server.rooms.rules import DEFAULT_LIMITS
from server.store import Seat, Store, people
from server.store.people import KEEP_PERSON
from server.store.sqlite import open_store
from server.store.sqlite.schema import MIGRATIONS

from ....support.evidence import ANN, BEN

BEFORE = 6
"""The number of scripts before there were people."""
MESSAGE = (
    '{"number":1,"person":{"id":"seat1","name":"Ben","headline":"Opus","key":"%s","tail":"b7e1"},'
    '"text":"hi","at":5.0}'
)


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


async def test_an_id_is_the_same_after_a_restart_and_of_two_keys_two(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        id = store.people.id_of(BEN.key)
        assert store.people.id_of(BEN.key) == id != store.people.id_of(ANN.key)
        assert store.people.find(id) is None, "only somebody who was in a room is kept"
        ben = Person(id, "Ben", "Opus", BEN.key)
        store.people.save(ben, 1.0)
    async with open_store(tmp_path) as store:
        assert store.people.id_of(BEN.key) == id
        assert store.people.find(id) == ben


async def test_ids_of_whoever_only_says_hello_are_forgotten(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        first, here = (store.people.id_of(someone(number).key) for number in (0, 1))
        for number in range(2, 20_000):
            store.people.id_of(someone(number).key)
            if number % 5000 == 0:
                assert store.people.id_of(someone(1).key) == here, "who is here does something"
        assert store.people.id_of(someone(0).key) != first


@pytest.mark.parametrize("what", ["seat", "ban", "silence", "message", ""])
async def test_who_is_named_stays_and_others_go_after_a_month(tmp_path: Path, what: str) -> None:
    async with open_store(tmp_path) as store:
        store.people.save(someone(1), 1.0)
        name_by(store, what, someone(1))
        await store.people.forget_passing(KEEP_PERSON)
        assert store.people.find("id1") is not None
        await store.people.forget_passing(1.0 + KEEP_PERSON)
        assert (store.people.find("id1") is not None) is bool(what)
    async with open_store(tmp_path) as store:
        assert (store.people.id_of(someone(1).key) == "id1") is bool(what)


async def test_a_flood_of_new_people_is_noticed_and_only_the_newest_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = __import__("server.store.sqlite.people", fromlist=["MAX_PASSING"])
    monkeypatch.setattr(table, "MAX_PASSING", 3)
    assert people.MAX_PASSING > 3
    async with open_store(tmp_path) as store:
        name_by(store, "message", someone(0))
        for number in range(5_000):
            assert not store.people.is_crowded
            store.people.save(someone(number), float(number))
        assert store.people.is_crowded
        await store.people.forget_passing(5_000.0)
        assert not store.people.is_crowded
        kept = [number for number in range(5_000) if store.people.find(f"id{number}")]
        assert kept == [0, 4_997, 4_998, 4_999]


async def test_messages_and_notices_of_before_get_their_people(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "roomcli.sqlite3")) as old, old:
        old.executescript("\n".join(MIGRATIONS[:BEFORE]))
        old.execute(f"PRAGMA user_version = {BEFORE}")
        old.execute(
            "INSERT INTO rooms (name, access, opened_at, owner) VALUES ('standup', 'open', 7, ?)",
            (ANN.key,),
        )
        old.execute("INSERT INTO chat VALUES ('standup', 1, ?)", (MESSAGE % BEN.key,))
        old.execute("INSERT INTO chat VALUES ('standup', 2, '')")
        old.execute("INSERT INTO chat VALUES ('other', 1, '{\"number\":')")
        old.execute(
            "INSERT INTO seats VALUES ('hash', 'standup', 'seat1', ?, 'speaker', NULL, 1e12, 'Ben',"
            " 'b7e1')",
            (BEN.key,),
        )
        notice = f'{{"id":"seat1","key":"{BEN.key}","name":"Ben","at":5.0}}'
        old.execute("INSERT INTO silences VALUES ('standup', ?, ?, ?)", (ANN.key, BEN.key, notice))
        banned = f'{{"key":"{BEN.key}","name":"Ben","at":5.0}}'
        old.execute(
            "INSERT INTO bans VALUES ('standup', ?, ?, 5.0, NULL, ?)", (ANN.key, BEN.key, banned)
        )
    for _ in range(2):
        async with open_store(tmp_path) as store:
            id = store.people.id_of(BEN.key)
            room = await restored_room(store, "standup", 9.0, DEFAULT_LIMITS)
    ben = Person(id, "Ben", "Opus", BEN.key, "b7e1")
    assert room.people == {id: ben}
    (message,) = room.chat
    assert (message.person, message.full_name, message.text) == (id, "Ben·b7e1", "hi")
    assert room.departed["seat1"].person == id
    assert [each.person for each in room.silences.values()] == [id]
    assert [each.person for each in room.bans.values()] == [id]
