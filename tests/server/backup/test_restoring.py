"""Tests of restoring: all of a backup or nothing, and what was there is kept."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path

import pytest
from msgspec.structs import replace

from roomcli.errors import ConfigError, StoreError
from server.admin.port import admin_socket
from server.backup.making import make_backup
from server.backup.restoring import restore_backup
from server.store.copies import KEEP_COPY
from server.store.sqlite import open_store
from server.store.sqlite.schema import DATABASE, MIGRATIONS, open_database

from ..store.tables.test_store import ROOM

AT = 1_800_000_000.0
ASIDE = ".before-restore-2027-01-15T08-00-00"


async def keep(folder: Path, *names: str) -> None:
    """Let a server keep these rooms and no other in a folder."""
    async with open_store(folder) as store:
        for known in await store.rooms.names():
            store.rooms.end(known)
        for name in names:
            store.rooms.save(replace(ROOM, name=name))


async def rooms_in(folder: Path) -> list[str]:
    """Return the rooms that a server finds in a folder."""
    async with open_store(folder) as store:
        return await store.rooms.names()


def names_in(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()}


@pytest.fixture
async def data(tmp_path: Path) -> Path:
    """Return a data folder, with a backup beside it that was made when it was another."""
    folder = tmp_path / "data"
    folder.mkdir()
    await keep(folder, "then")
    (folder / "invite-secret").write_text("then")
    make_backup(folder, tmp_path / "backup.tar", 5.0)
    await keep(folder, "now")
    (folder / "invite-secret").write_text("now")
    (folder / "claims.toml").write_text("made since")
    return folder


async def test_it_is_as_it_was_and_what_was_there_is_set_aside(data: Path) -> None:
    restored = restore_backup(data.parent / "backup.tar", data, AT)
    assert restored.contents.made_at == 5.0
    aside = [data / f"invite-secret{ASIDE}", data / f"{DATABASE}{ASIDE}"]
    assert restored.set_aside == aside
    assert (data / "invite-secret").read_text() == "then"
    assert aside[0].read_text() == "now"
    assert await rooms_in(data) == ["then"]
    assert names_in(data) == {
        *(DATABASE, "invite-secret", "claims.toml"),
        *(each.name for each in aside),
    }
    assert all(path.stat().st_mode & 0o077 == 0 for path in (data / DATABASE, *aside[1:]))
    # And back again, by hand.
    aside[1].replace(data / DATABASE)
    assert await rooms_in(data) == ["now"]


async def test_it_goes_into_an_empty_place_too(data: Path, tmp_path: Path) -> None:
    new = tmp_path / "another" / "machine"
    assert restore_backup(tmp_path / "backup.tar", new, AT).set_aside == []
    assert await rooms_in(new) == ["then"]
    assert names_in(new) == {DATABASE, "invite-secret"}
    assert new.stat().st_mode & 0o777 == 0o700


async def test_while_a_server_runs_nothing_is_touched(data: Path, tmp_path: Path) -> None:
    before = names_in(data)
    async with admin_socket(data):
        with pytest.raises(ConfigError, match="a server runs on"):
            restore_backup(tmp_path / "backup.tar", data, AT)
    assert names_in(data) == before
    assert await rooms_in(data) == ["now"]


async def test_a_spoiled_backup_changes_nothing(data: Path, tmp_path: Path) -> None:
    backup, before = tmp_path / "backup.tar", names_in(data)
    content = backup.read_bytes()
    backup.write_bytes(content.replace(b"then", b"than"))  # in the last file
    with pytest.raises(ConfigError, match="damaged"):
        restore_backup(backup, data, AT)
    newer = tmp_path / "newer"
    newer.mkdir()
    open_database(newer / DATABASE).close()
    for version, error, why in (
        (len(MIGRATIONS) + 1, ConfigError, "newer roomcli"),
        (0, StoreError, "holds nothing"),
    ):
        with contextlib.closing(sqlite3.connect(newer / DATABASE)) as database:
            database.execute(f"PRAGMA user_version = {version}")
        backup = tmp_path / f"version{version}.tar"
        make_backup(newer, backup, 5.0)
        with pytest.raises(error, match=why):
            restore_backup(backup, data, AT)
    assert names_in(data) == before
    assert await rooms_in(data) == ["now"]


async def test_what_a_killed_server_left_unmerged_goes_aside_with_its_database(
    data: Path, tmp_path: Path
) -> None:
    """Beside another database it would be taken for that one's, or lost."""
    path, left = data / DATABASE, tmp_path / "left"
    left.mkdir()
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("DELETE FROM rooms")
        database.commit()
        for name in (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm"):
            (left / name).write_bytes((data / name).read_bytes())
    for name in names_in(left):
        (left / name).replace(data / name)
    assert (data / f"{DATABASE}-wal").stat().st_size
    restore_backup(tmp_path / "backup.tar", data, AT)
    assert await rooms_in(data) == ["then"]
    with contextlib.closing(sqlite3.connect(data / f"{DATABASE}{ASIDE}")) as database:
        assert database.execute("SELECT count(*) FROM rooms").fetchone() == (0,)


async def test_a_database_that_is_a_link_stays_one(data: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (data / DATABASE).rename(elsewhere / "rooms.db")
    (data / DATABASE).symlink_to(elsewhere / "rooms.db")
    restore_backup(tmp_path / "backup.tar", data, AT)
    assert (data / DATABASE).is_symlink()
    assert await rooms_in(data) == ["then"]
    assert names_in(elsewhere) == {"rooms.db", f"rooms.db{ASIDE}"}


async def test_what_was_set_aside_goes_after_a_week(data: Path, tmp_path: Path) -> None:
    os.utime(data / DATABASE, (0, 0))  # however long nothing was written to it
    restore_backup(tmp_path / "backup.tar", data, AT)
    aside = data / f"{DATABASE}{ASIDE}"
    set_aside_at = aside.stat().st_mtime
    async with open_store(data) as store:
        await store.forget_old(set_aside_at + KEEP_COPY - 1)
        assert aside.exists()
        await store.forget_old(set_aside_at + KEEP_COPY)
        assert not aside.exists()
    assert (data / f"invite-secret{ASIDE}").exists()
