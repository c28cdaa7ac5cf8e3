"""Tests of the copies that are made before tables are changed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from roomcli.errors import ConfigError
from server.store.copies import KEEP_COPY
from server.store.sqlite import copies, open_store
from server.store.sqlite.schema import open_database

from .old_databases import NOW, dump, load

COPY = "roomcli.sqlite3.version-2"


def names(folder: Path) -> set[str]:
    """Return the names of the files in a folder."""
    return {each.name for each in folder.iterdir()}


async def test_a_copy_goes_after_a_week(tmp_path: Path) -> None:
    load("6dbfb9f", tmp_path)
    async with open_store(tmp_path) as store:
        os.utime(tmp_path / COPY, (NOW, NOW))
        unfinished = tmp_path / f"{COPY}.unfinished"  # of a start that was killed
        other = tmp_path / "roomcli.sqlite3.mine"
        for path in (unfinished, other):
            path.touch()
            os.utime(path, (NOW, NOW))
        await store.forget_old(NOW + KEEP_COPY - 1)
        assert COPY in names(tmp_path)
        await store.forget_old(NOW + KEEP_COPY)
        assert {each for each in names(tmp_path) if ".sqlite3." in each} == {other.name}


async def test_without_room_for_a_copy_nothing_is_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = load("6dbfb9f", tmp_path)
    before = dump(path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=copies.SPARE_BYTES))
    with pytest.raises(ConfigError, match=r"make 1 MiB free on its disk"):
        async with open_store(tmp_path):
            pass
    assert dump(path) == before
    assert names(tmp_path) == {path.name}


def test_what_a_killed_start_left_of_a_copy_is_not_taken_for_one(tmp_path: Path) -> None:
    path = load("6dbfb9f", tmp_path)
    before = dump(path)
    for beside in ("", "-journal", "-wal"):
        (tmp_path / f"{COPY}.unfinished{beside}").write_bytes(path.read_bytes()[:5000])
    open_database(path).close()
    assert dump(tmp_path / COPY) == before
    assert names(tmp_path) == {path.name, COPY}
