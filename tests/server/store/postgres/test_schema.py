"""Tests of the tables in PostgreSQL: they are SQLite's, and of nobody else."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
import trio

from roomcli.errors import ConfigError
from server.store import Store, sqlite
from server.store.postgres import open_store, schema

from ....support.evidence import ANN, BEN
from ....support.postgres import Postgres
from ....support.raw_store import database_of


async def refusal(url: str) -> str:
    """Return why a database is not opened."""
    with pytest.raises(ConfigError) as refused:
        async with open_store(url):
            pass
    text = str(refused.value)
    assert "\n" not in text
    return text


async def test_its_tables_have_the_columns_of_sqlite(tmp_path: Path, url: str) -> None:
    def columns(rows: list[tuple[str, str]]) -> set[tuple[str, str]]:
        return {row for row in rows if row[1] != "rowid" and not row[0].startswith("roomcli_")}

    async with sqlite.open_store(tmp_path) as store:
        in_sqlite = await database_of(store).query(
            "SELECT m.name, c.name FROM sqlite_master AS m, pragma_table_info(m.name) AS c"
            " WHERE m.type = 'table'"
        )
    async with open_store(url) as store:
        in_postgres = await database_of(store).query(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = 'public'"
        )
    assert columns(in_postgres) == columns(in_sqlite)


async def test_a_database_of_somebody_else_is_left_alone(postgres: Postgres, url: str) -> None:
    postgres.give("CREATE TABLE invoices (id INTEGER)", url)
    assert "not empty, and not roomcli's" in await refusal(url)
    postgres.give("DROP TABLE invoices", url)
    async with open_store(url):
        pass


async def test_a_database_of_a_newer_roomcli_is_refused(postgres: Postgres, url: str) -> None:
    async with open_store(url):
        pass
    postgres.give("UPDATE roomcli_server SET version = version + 1", url)
    assert "is of a newer roomcli" in await refusal(url)


async def test_an_older_database_is_brought_up_to_date_all_or_nothing(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def kept() -> Store:
        async with open_store(url) as store:
            return store

    async with open_store(url) as store:
        id = store.people.id_of(BEN.key)
        store.people.save(BEN, 1.0)
    before, next = schema.MIGRATIONS, "ALTER TABLE people ADD COLUMN later TEXT DEFAULT 'x'"
    for scripts, works in (((*before, next, "SELECT 1 / 0"), False), ((*before, next), True)):
        monkeypatch.setattr(schema, "MIGRATIONS", scripts)
        if works:
            assert (await kept()).people.id_of(BEN.key) == BEN.id != id
            assert (await kept()).people.id_of(ANN.key) != BEN.id
        else:
            assert "division by zero" in await refusal(url)
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT later, version FROM people, roomcli_server").fetchall()
    assert rows == [("x", len(before) + 1)]


async def test_a_database_that_is_not_there_is_told_in_one_line(url: str) -> None:
    assert "does not exist" in await refusal(url.replace("/test", "/nothing"))
    assert "No such file" in await refusal("postgresql://roomcli@/x?host=/nowhere")
    assert "Connection refused" in await refusal("postgresql://roomcli@127.0.0.1:1/x")
    assert "invalid" in await refusal("postgresql://roomcli@127.0.0.1/x?nonsense=1")


async def test_a_database_that_knows_not_all_letters_is_refused(postgres: Postgres) -> None:
    postgres.give("CREATE DATABASE old ENCODING 'LATIN1' TEMPLATE template0")
    assert "LATIN1" in await refusal(postgres.url("old"))
    await trio.lowlevel.checkpoint()
