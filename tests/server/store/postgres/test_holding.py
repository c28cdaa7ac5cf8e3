"""Tests that one server at a time has a database, and says who."""

from __future__ import annotations

import os
from collections.abc import Iterator

import psycopg
import pytest

from roomcli.errors import ConfigError, StoreError
from roomcli.protocol.people import BanNotice
from server.store import Store
from server.store.postgres import engine, open_store
from server.store.postgres.engine import PostgresEngine
from server.store.tables import database

from ....support.evidence import ANN, BEN
from ....support.patience import until
from ....support.postgres import Postgres
from ..tables.test_held import is_written, why_held

TOKENS = ("SELECT token_hash FROM invites ORDER BY token_hash", ())
BAN = BanNotice(key=BEN.key, name="Ben", at=1.0)


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the waits for what is broken on purpose."""
    monkeypatch.setattr(database, "PATIENCE", 0.1)
    monkeypatch.setattr(engine, "OPENING_SECONDS", 0.2)


async def test_a_second_server_is_told_who_has_the_database(url: str) -> None:
    async with open_store(url):
        with pytest.raises(ConfigError, match=f"another server holds it.*process {os.getpid()}"):
            async with open_store(url):
                pass
    async with open_store(url):
        pass


async def test_whoever_lost_the_database_to_another_writes_nothing_any_more(
    postgres: Postgres, url: str
) -> None:
    async with open_store(url) as old:
        old.bans.save("standup", ANN.key, BAN)
        await old.flushed()
        postgres.cut_off(url)
        async with open_store(url) as new:
            new.bans.lift("standup", ANN.key, BAN.key)
            await new.flushed()
            old.bans.save("other", ANN.key, BAN)
            assert await why_held(old)
            await until(lambda: old.trouble is not None and "holds it" in old.trouble.why)
        await until(lambda: old.trouble is not None and "has had it meanwhile" in old.trouble.why)
    async with open_store(url) as new:
        assert await new.bans.page(2.0) == []


async def test_whoever_is_cut_off_and_comes_back_alone_goes_on(
    postgres: Postgres, url: str
) -> None:
    async with open_store(url) as store:
        postgres.cut_off(url)
        store.bans.save("standup", ANN.key, BAN)
        await is_written(store)
        await until(lambda: store.trouble is None)
        postgres.cut_off(url)
        assert await store.bans.page(2.0) == [("standup", ANN.key, BAN)]


async def test_servers_of_a_cluster_have_the_database_together_and_nobody_else_has_it(
    postgres: Postgres, url: str
) -> None:
    async with open_store(url, shared=True) as one, open_store(url, shared=True) as other:
        for store, room in ((one, "standup"), (other, "retro")):
            store.bans.save(room, ANN.key, BAN)
            await store.flushed()
        with pytest.raises(ConfigError, match=r"servers of a cluster hold it.*give this one"):
            async with open_store(url):
                pass
        postgres.cut_off(url)
        one.bans.save("third", ANN.key, BAN)
        await is_written(one)
        assert len(await other.bans.page(2.0)) == 3
    async with open_store(url):
        with pytest.raises(ConfigError, match=r"another server holds it.*give that one --cluster"):
            async with open_store(url, shared=True):
                pass


async def test_a_server_that_takes_the_database_from_a_cluster_shuts_all_of_it_out(
    postgres: Postgres, url: str
) -> None:
    async with open_store(url, shared=True) as one, open_store(url, shared=True) as other:
        postgres.cut_off(url)
        async with open_store(url):
            pass
        async with open_store(url, shared=True) as later:
            for old in (one, other):
                old.bans.save("standup", ANN.key, BAN)
            shut_out = "has had it meanwhile"
            await until(lambda: shut_out in why_not(one) and shut_out in why_not(other))
            assert await later.bans.page(2.0) == []


def why_not(store: Store) -> str:
    """Return why a store cannot be written; "" while it can."""
    return store.trouble.why if store.trouble is not None else ""


@pytest.fixture
def first(url: str) -> Iterator[PostgresEngine]:
    """Return a server's connection whose lock is gone, of which nobody told it.

    A pooler does so that gives a session to somebody else for a while.
    """
    first = PostgresEngine(url, "the database")
    first.query(("SELECT 1 FROM (SELECT pg_advisory_unlock_all()) AS unlocked", ()))
    yield first
    first.close()


def write(engine: PostgresEngine, token: str) -> None:
    """Write one row in the transaction that was begun."""
    engine.execute([("INSERT INTO invites VALUES (?, '*', 'host', 1.0)", (token,))])
    engine.commit()


def test_who_is_paused_between_check_and_write_writes_nothing_after_another_took_over(
    url: str, first: PostgresEngine
) -> None:
    first.begin_writing()
    write(first, "before")
    assert not first.is_lost
    second = PostgresEngine(url, "the database")
    with pytest.raises(StoreError, match="has had it meanwhile"):
        first.begin_writing()
    assert first.is_lost
    with pytest.raises(ConnectionError, match="another server holds it"):
        first.begin_writing()
    second.begin_writing()
    write(second, "after")
    assert second.query(TOKENS) == [("after",), ("before",)]
    second.close()


def test_nobody_takes_over_amid_a_transaction(url: str, first: PostgresEngine) -> None:
    first.begin_writing()
    with pytest.raises(psycopg.errors.LockNotAvailable):
        PostgresEngine(url, "the database")
    write(first, "whole")
    second = PostgresEngine(url, "the database")
    assert second.query(TOKENS) == [("whole",)]
    second.close()
