"""Tests of what the file of the store does, and of what is done to it."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest

from roomcli.errors import ConfigError
from server.store.sqlite import open_store
from server.store.sqlite.schema import CHECKPOINT
from server.store.tables import database, writer

from ....support.evidence import ANN, report
from ....support.patience import PATIENCE, until
from ....support.raw_store import connection_of, database_of
from ..tables.test_held import BAN, ROOM, is_written, why_held


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the wait for a disk that is broken on purpose."""
    monkeypatch.setattr(database, "PATIENCE", 0.1)


async def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        store.rooms.save(ROOM)
        await store.flushed()
        [(pages,)] = await database_of(store).query("PRAGMA page_count")
        await database_of(store).query(f"PRAGMA max_page_count = {pages}")
        store.reports.save(report("big", voice=bytes(100_000)))
        store.bans.save("standup", ANN.key, BAN)
        assert "full" in await why_held(store)
        assert await store.bans.of_room("standup", ANN.key, 2.0) == [BAN]
        await database_of(store).query("PRAGMA max_page_count = 100000")
        await is_written(store)
        assert await store.reports.find("big") == report("big", voice=bytes(100_000))
    async with open_store(tmp_path) as store:
        assert await store.bans.of_room("standup", ANN.key, 2.0) == [BAN]


async def test_a_store_that_is_moved_away_is_not_written_unseen(tmp_path: Path) -> None:
    path, elsewhere = tmp_path / "roomcli.sqlite3", tmp_path / "elsewhere"
    async with open_store(tmp_path) as store:
        store.bans.save("standup", ANN.key, BAN)
        await store.flushed()
        path.rename(elsewhere)
        path.write_bytes(b"")  # and somebody puts another one there
        store.bans.lift("standup", ANN.key, BAN.key)
        assert "replaced" in await why_held(store)
        elsewhere.rename(path)
        await is_written(store)
    async with open_store(tmp_path) as store:
        assert await store.bans.of_room("standup", ANN.key, 2.0) == []


async def test_whoever_reads_holds_nobody_up(tmp_path: Path) -> None:
    """For example a backup that reads for a long time."""
    path = tmp_path / "roomcli.sqlite3"
    async with open_store(tmp_path) as store:
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as reading:
            reading.execute("BEGIN")
            reading.execute("SELECT * FROM bans").fetchall()
            store.bans.save("standup", ANN.key, BAN)
            await is_written(store)
            assert store.trouble is None
            assert reading.execute("SELECT * FROM bans").fetchall() == []
        store.bans.save("other", ANN.key, BAN)
        await is_written(store)
        assert await store.bans.of_room("standup", ANN.key, 2.0) == [BAN]
        log = path.with_name("roomcli.sqlite3-wal")
        await until(lambda: log.stat().st_size == 0)  # once nothing else is to be done


async def test_many_writes_have_one_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "CHECKPOINT_SECONDS", PATIENCE)
    checkpoints: list[str] = []

    def note(statement: str) -> None:
        if statement == CHECKPOINT:
            checkpoints.append(statement)

    async with open_store(tmp_path) as store:
        connection_of(store).set_trace_callback(note)
        for number in range(5):
            store.bans.save(f"room-{number}", ANN.key, BAN)
            await is_written(store)
        assert checkpoints == []
    assert checkpoints == [CHECKPOINT]


async def test_what_is_written_is_on_disk(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        assert await database_of(store).query("PRAGMA synchronous") == [
            (2,)
        ]  # FULL: a power cut loses nothing
        assert (tmp_path / "roomcli.sqlite3").stat().st_mode & 0o777 == 0o600


async def test_what_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "roomcli.sqlite3").write_bytes(b"no database" * 1000)
    with pytest.raises(ConfigError, match="is damaged"):
        async with open_store(tmp_path):
            pass


async def test_what_is_deleted_is_not_left_in_the_file(tmp_path: Path) -> None:
    said = b"a voice that nobody needs any longer"
    async with open_store(tmp_path) as store:
        store.reports.save(report("done", voice=said * 1000))
        store.reports.resolve("done", "admin", "", 10.0)
        await store.flushed()
        assert said in (tmp_path / "roomcli.sqlite3").read_bytes() or (
            said in (tmp_path / "roomcli.sqlite3-wal").read_bytes()
        )
        await store.forget_old(1e9)
    assert said not in (tmp_path / "roomcli.sqlite3").read_bytes()
