"""Tests of whole copies: made while the database is written, and judged before they are used."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from pathlib import Path

import pytest

from roomcli.errors import ConfigError, StoreError
from server.store.sqlite import open_store, whole_copy
from server.store.sqlite.schema import DATABASE, MIGRATIONS, open_database
from server.store.sqlite.whole_copy import copy_whole, judge_whole

from ....support.evidence import message
from ..tables.test_store import ROOM
from .test_copies import names


def a_copy(of: Path, to: Path) -> Path:
    """Copy a database into a new file of this name beside it."""
    copy = of.with_name(to.name)
    copy.touch()
    copy_whole(of, copy)
    return copy


def chat_in(path: Path) -> int:
    """Return how many messages a database holds."""
    with contextlib.closing(sqlite3.connect(path)) as database:
        return int(database.execute("SELECT count(*) FROM chat").fetchone()[0])


async def test_what_a_running_server_has_written_is_in_its_copy(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        store.rooms.save(ROOM)
        for number in range(1, 4):
            store.chat.save("standup", message(number))
        await store.flushed()
        copy = a_copy(tmp_path / DATABASE, Path("copy"))
        store.chat.save("standup", message(4))
        await store.flushed()
    assert (chat_in(copy), chat_in(tmp_path / DATABASE)) == (3, 4)
    judge_whole(copy)
    assert names(tmp_path) == {DATABASE, "copy"}


def test_a_copy_made_amid_writes_is_of_one_moment(tmp_path: Path) -> None:
    """Each transaction writes two rows: in a copy there are both or none."""
    path = tmp_path / DATABASE
    open_database(path).close()
    enough, done = threading.Event(), threading.Event()

    def write() -> None:
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as writing:
            for pair in range(100_000):
                writing.execute("BEGIN IMMEDIATE")
                for room in ("one", "two"):
                    writing.execute("INSERT INTO chat VALUES (?, ?, ?)", (room, pair, "x" * 500))
                writing.execute("COMMIT")
                if pair >= 20:
                    enough.set()
                if done.is_set():
                    return

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert enough.wait(60)
        copies = [a_copy(path, Path(f"copy{number}")) for number in range(3)]
    finally:
        done.set()
        writer.join()
    for copy in copies:
        with contextlib.closing(sqlite3.connect(copy)) as database:
            query = "SELECT count(*), max(number) FROM chat GROUP BY room"
            one, two = database.execute(query).fetchall()
        assert one == two


def test_a_damaged_database_is_not_copied(tmp_path: Path) -> None:
    path = tmp_path / DATABASE
    with contextlib.closing(open_database(path)) as database:
        for number in range(200):
            database.execute("INSERT INTO chat VALUES ('standup', ?, ?)", (number, "x" * 500))
    content = bytearray(path.read_bytes())
    content[-4096:] = b"\xff" * 4096
    path.write_bytes(content)
    with pytest.raises(StoreError, match="damaged"):
        a_copy(path, Path("copy"))
    with pytest.raises(StoreError, match="damaged"):
        judge_whole(path)


def test_a_copy_of_a_newer_roomcli_or_of_nothing_is_refused(tmp_path: Path) -> None:
    path = tmp_path / DATABASE
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode = DELETE")
        database.execute("CREATE TABLE other (at REAL)")
        with pytest.raises(StoreError, match="holds nothing"):
            judge_whole(path)
        database.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    with pytest.raises(ConfigError, match="newer"):
        judge_whole(path)


def test_a_database_that_somebody_holds_ends_the_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite itself would try for ever."""
    monkeypatch.setattr(whole_copy, "OPENING_SECONDS", 0.1)
    path = tmp_path / DATABASE
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as holding:
        holding.execute("CREATE TABLE held (at REAL)")
        holding.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreError, match=r"locked|holds"):
            a_copy(path, Path("copy"))


def test_a_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="unable to open"):
        a_copy(tmp_path / DATABASE, Path("copy"))
    assert not (tmp_path / DATABASE).exists()
