"""Tests that people of whom an older server knew get their ids."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from roomcli.protocol.people import Person
from server.rooms.restoring import restored_room
from server.rooms.rules import DEFAULT_LIMITS
from server.store.sqlite import open_store
from server.store.sqlite.schema import MIGRATIONS

from ....support.evidence import ANN, BEN

BEFORE = 6
"""The number of scripts before there were people."""
MESSAGE = (
    '{"number":1,"person":{"id":"seat1","name":"Ben","headline":"Opus","key":"%s","tail":"b7e1"},'
    '"text":"hi","at":5.0}'
)


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
