"""Tests of moving all that a server keeps into PostgreSQL: it is the same there, or nothing is."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from benchmarks.home_world import WorldSize, fill
from roomcli.cli import exits
from roomcli.cli.main import main
from roomcli.errors import ConfigError
from server.data_folder import STORE_PLACE, lock_folder
from server.moving import move_store
from server.store import Store, sqlite
from server.store.postgres import open_store
from server.store_choice import judge_place

from ..support.postgres import Postgres
from .store.sqlite.old_databases import NOW, load

WORLD = WorldSize(people=30, communities=3, events=4, known=2, rooms=2)


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    """Return the data folder of a server that was in use."""
    folder = tmp_path / "data"
    folder.mkdir()
    load("763e009", folder)
    await fill(folder, WORLD, NOW)
    return folder


@pytest.fixture
def url(postgres: Postgres) -> str:
    """Return the URL of an empty database."""
    return postgres.new_database()


def row(values: Any) -> str:
    """Return a row as text; one kind of store has numbers where the other has truths."""
    return repr([float(each) if isinstance(each, int) else each for each in values])


def tables(url: str) -> Iterator[tuple[str, str, list[str]]]:
    """Yield each table, its columns, and its rows in no order."""
    with psycopg.connect(url) as connection:
        found = connection.execute(
            "SELECT table_name, string_agg(column_name, ', ') FROM information_schema.columns"
            " WHERE table_schema = 'public' AND table_name NOT LIKE 'roomcli%'"
            " AND column_name <> 'rowid' GROUP BY 1"
        ).fetchall()
        for table, columns in found:
            rows = connection.execute(f"SELECT {columns} FROM {table}".encode()).fetchall()
            yield table, columns, sorted(map(row, rows))


def refusal(folder: Path, url: str) -> str:
    """Return why nothing is moved."""
    with pytest.raises(ConfigError) as refused:
        move_store(folder, url, print)
    assert not (folder / STORE_PLACE).exists()
    text = str(refused.value)
    assert "\n" not in text
    return text


async def kept(store: Store) -> list[object]:
    """Return some of what a server reads of a store."""
    names = await store.rooms.names()
    bans = await store.bans.page(NOW)
    reports = [await store.reports.find(each.id) for each in await store.reports.page(False)]
    chats = [await store.chat.of_room(name) for name in names]
    seats = [dict(store.seats.of_room(name)) for name in names]
    return [names, bans, reports, chats, seats, await store.communities.load()]


async def test_everything_is_the_same_in_postgres(
    folder: Path, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["admin", "move", url, "--data", str(folder)]) == exits.DONE
    told = capsys.readouterr().out
    assert f"people: {WORLD.people}" not in told, "those of the rooms are there too"
    assert "start the server with that --store" in told
    filled = set()
    with contextlib.closing(sqlite3.connect(folder / "roomcli.sqlite3")) as before:
        for table, columns, rows in tables(url):
            expected = before.execute(f"SELECT {columns} FROM {table}").fetchall()
            assert rows == sorted(map(row, expected)), table
            assert f"{table}: {len(rows)} rows" in told
            if rows:
                filled.add(table)
    assert filled >= {"rooms", "seats", "bans", "moderation_log", "chat", "people", "communities"}
    with pytest.raises(ConfigError, match="give serve --store"):
        judge_place(folder)
    async with open_store(url) as there, sqlite.open_store(folder) as here:
        assert await kept(there) == await kept(here)


async def test_a_database_that_holds_something_is_left_as_it_is(folder: Path, url: str) -> None:
    async with open_store(url) as store:
        store.host_tokens.save("hash", NOW)
    before = list(tables(url))
    assert "holds something already (invites)" in refusal(folder, url)
    assert list(tables(url)) == before


async def test_what_postgres_cannot_take_moves_nothing(folder: Path, url: str) -> None:
    with contextlib.closing(sqlite3.connect(folder / "roomcli.sqlite3")) as database:
        database.execute("UPDATE ties SET kind = kind || char(0)")
        database.commit()
    assert "cannot be filled" in refusal(folder, url)
    assert not any(rows for _, _, rows in tables(url))


async def test_nothing_is_moved_while_a_server_runs(folder: Path, url: str) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    assert lock_folder(descriptor)
    assert "a server runs on" in refusal(folder, url)
    os.close(descriptor)
    async with open_store(url):
        assert "another server holds it" in refusal(folder, url)
