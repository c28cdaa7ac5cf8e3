"""Tests of a store whose PostgreSQL stops, fills up, or does not say what it did."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from benchmarks.postgres import frozen
from roomcli.errors import StoreError
from roomcli.protocol.people import BanNotice
from server.store.postgres import open_store, schema, session
from server.store.tables import database

from ....support.evidence import ANN, BEN, message, report
from ....support.patience import until
from ....support.postgres import Postgres, running_postgres
from ....support.raw_store import database_of
from ..tables.test_held import is_written, why_held

BAN = BanNotice(key=BEN.key, name="Ben", at=1.0)


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the wait for a database that is broken on purpose."""
    monkeypatch.setattr(database, "PATIENCE", 0.1)


async def test_a_postgres_that_stops_and_starts_again_has_all_in_order() -> None:
    told: list[str] = []
    with running_postgres() as postgres:
        url = postgres.new_database()
        async with open_store(url, lambda code, text: told.append(code)) as store:
            store.chat.save("standup", message(1))
            await store.flushed()
            postgres.stop()
            store.chat.save("standup", message(2))
            store.bans.save("standup", ANN.key, BAN)
            assert await why_held(store)
            with pytest.raises(StoreError, match="cannot be read"):
                await store.chat.of_room("standup")
            store.chat.remove("standup", 1)
            postgres.start()
            await is_written(store)
            await until(lambda: store.trouble is None)
            assert await store.chat.of_room("standup") == [message(2)]
            assert await store.bans.of_room("standup", ANN.key, 2.0) == [BAN]
        assert told == ["store_failing", "store_written"]


async def test_a_database_that_may_not_be_written_loses_nothing(
    postgres: Postgres, url: str
) -> None:
    """For example one that stands by for another, or whose disk the admin holds back."""
    async with open_store(url) as store:
        name = conninfo_to_dict(url)["dbname"]
        for setting in ("on", "off"):
            postgres.give(f"ALTER DATABASE {name} SET default_transaction_read_only = {setting}")
            postgres.cut_off(url)
            if setting == "on":
                store.bans.save("standup", ANN.key, BAN)
                await why_held(store)
                await until(lambda: store.trouble is not None and "read-only" in store.trouble.why)
        await is_written(store)
        assert await store.bans.of_room("standup", ANN.key, 2.0) == [BAN]


async def test_a_database_without_room_loses_nothing(postgres: Postgres, url: str) -> None:
    """PostgreSQL says that its disk is full as here a trigger does."""
    postgres_says = (
        "CREATE FUNCTION fill() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN"
        " RAISE EXCEPTION 'could not extend file: no space left' USING ERRCODE = '53100'; END $$"
    )
    async with open_store(url) as store:
        postgres.give(postgres_says, url)
        postgres.give(
            "CREATE TRIGGER full_disk BEFORE INSERT ON reports EXECUTE FUNCTION fill()", url
        )
        store.reports.save(report("r1"))
        store.bans.save("standup", ANN.key, BAN)
        assert "no space left" in await why_held(store)
        assert await store.reports.find("r1") == report("r1")
        postgres.give("DROP TRIGGER full_disk ON reports", url)
        await is_written(store)
        assert await store.reports.find("r1") == report("r1")


@pytest.mark.parametrize("code", ["55P03", "40P01"])
@pytest.mark.parametrize("times", [1, 2])
async def test_another_writer_in_the_way_is_trouble_when_it_stays_there(
    postgres: Postgres, url: str, code: str, times: int
) -> None:
    in_the_way = (
        "CREATE SEQUENCE tries; CREATE FUNCTION get_in_the_way() RETURNS TRIGGER LANGUAGE plpgsql"
        f" AS $$ BEGIN IF nextval('tries') <= {times} THEN"
        f" RAISE EXCEPTION 'somebody has it' USING ERRCODE = '{code}'; END IF; RETURN NEW; END $$;"
        " CREATE TRIGGER busy BEFORE INSERT ON bans EXECUTE FUNCTION get_in_the_way()"
    )
    told: list[str] = []
    async with open_store(url, lambda code, text: told.append(code), shared=True) as store:
        postgres.give(in_the_way, url)
        store.bans.save("standup", ANN.key, BAN)
        await is_written(store)
        assert await store.bans.of_room("standup", ANN.key, 2.0) == [BAN]
        expected = ["store_failing", "store_written"] if times == 2 else []
        await until(lambda: told == expected)


async def test_what_is_too_large_for_postgres_holds_nothing_up(url: str) -> None:
    async with open_store(url) as store:
        store.host_tokens.save("".join(f"{number:x}" for number in range(100_000)), 1.0)
        with pytest.raises(StoreError, match="cannot be written down"):
            await is_written(store)
        store.bans.save("standup", ANN.key, BAN)
        await is_written(store)
        assert await store.bans.of_room("standup", ANN.key, 2.0) == [BAN]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the silence after which a session is given up."""
    monkeypatch.setattr(session, "SILENCE_SECONDS", 0.2)


class LosesAnswers:
    """Stands between a server and PostgreSQL, and cuts the connection after an awaited COMMIT.

    PostgreSQL has carried it out then, and the server does not know. Or it swallows what a server
    says and is told, until that gives up.
    """

    def __init__(self, behind: Path, folder: Path) -> None:
        self.cuts = 0
        self.is_awaited = False
        self.is_swallowing = False
        self._behind = str(behind / ".s.PGSQL.5432")
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(folder / ".s.PGSQL.5432"))
        self._listening.listen()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        """Let nobody else through, and wait until whoever is through has gone."""
        self._listening.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listening.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                with client, socket.socket(socket.AF_UNIX) as server:
                    server.connect(self._behind)
                    self._carry(client, server)

    def _carry(self, client: socket.socket, server: socket.socket) -> None:
        committing = False
        while True:
            readable, _, _ = select.select([client, server], [], [])
            for source in readable:
                data = source.recv(65536)
                if not data:
                    self.is_swallowing = False
                    return
                if self.is_swallowing:
                    continue
                if source is server and committing:
                    self.cuts += 1
                    self.is_awaited = False
                    return
                committing = source is client and self.is_awaited and b"COMMIT" in data
                (server if source is client else client).sendall(data)


@pytest.fixture
def lossy(postgres: Postgres, tmp_path: Path) -> Iterator[LosesAnswers]:
    """Return what stands before PostgreSQL."""
    lossy = LosesAnswers(postgres.folder, tmp_path)
    yield lossy
    lossy.close()


async def test_a_commit_whose_answer_is_lost_is_done_once(
    postgres: Postgres, url: str, lossy: LosesAnswers, tmp_path: Path
) -> None:
    through = url.replace(str(postgres.folder), str(tmp_path))
    async with open_store(through) as store:
        lossy.is_awaited = True
        with store.transaction():
            store.chat.save("standup", message(1))
            store.bans.save("standup", ANN.key, BAN)
            store.reports.save(report("r1"))
        await is_written(store)
        assert lossy.cuts == 1
        store.bans.lift("standup", ANN.key, BAN.key)
        await is_written(store)
        assert await store.chat.of_room("standup") == [message(1)]
        assert await store.reports.count_open() == (1, 0)
        assert await store.bans.of_room("standup", ANN.key, 2.0) == []


async def test_a_postgres_that_stands_still_holds_nothing_up(
    postgres: Postgres, url: str, impatient: None
) -> None:
    async with open_store(url) as store:
        store.chat.save("standup", message(1))
        await store.flushed()
        with frozen(postgres.serving(url)):
            store.bans.save("standup", ANN.key, BAN)
            assert "has not answered" in await why_held(store)
            assert store.is_lost
            with pytest.raises(StoreError, match="cannot be read") as unread:
                await store.chat.of_room("standup")
            assert unread.value.may_pass
        await is_written(store)
        await until(lambda: store.trouble is None)
        assert not store.is_lost
        assert await store.chat.of_room("standup") == [message(1)]
        assert await store.bans.of_room("standup", ANN.key, 2.0) == [BAN]


async def test_a_network_that_swallows_packets_holds_nothing_up(
    postgres: Postgres, url: str, lossy: LosesAnswers, tmp_path: Path, impatient: None
) -> None:
    async with open_store(url.replace(str(postgres.folder), str(tmp_path))) as store:
        lossy.is_swallowing = True
        store.bans.save("standup", ANN.key, BAN)
        assert "has not answered" in await why_held(store)
        await is_written(store)
        await until(lambda: store.trouble is None)
        assert await store.bans.of_room("standup", ANN.key, 2.0) == [BAN]


async def test_changes_of_tables_may_take_longer_than_other_statements(
    url: str, impatient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = "SELECT pg_sleep(0.4)"
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, slow))
    async with open_store(url) as store:
        with pytest.raises(StoreError, match="has not answered"):
            await database_of(store).query(slow)


async def test_what_is_acknowledged_outlives_a_power_cut(postgres: Postgres, url: str) -> None:
    postgres.give(f"ALTER DATABASE {conninfo_to_dict(url)['dbname']} SET synchronous_commit = off")
    async with open_store(url) as store:
        assert await database_of(store).query("SHOW synchronous_commit") == [("on",)]


async def test_servers_of_a_cluster_wait_for_each_other_but_not_without_end(url: str) -> None:
    async with open_store(url, shared=True) as store:
        [(milliseconds,)] = await database_of(store).query(
            "SELECT setting::int FROM pg_settings WHERE name = 'lock_timeout'"
        )
        assert 1000 < milliseconds < 1000 * session.SILENCE_SECONDS
