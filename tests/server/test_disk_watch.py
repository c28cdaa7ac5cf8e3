"""Tests of the word that the disk is nearly full."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from server.disk_watch import ENOUGH, LITTLE, DiskWatch


def test_the_admin_is_told_once_of_each_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch, free = DiskWatch(tmp_path), ENOUGH
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=free))

    def looked(bytes_free: int) -> str | None:
        nonlocal free
        free = bytes_free
        return watch.check_space()

    assert looked(LITTLE) is None
    told = looked(LITTLE - 1)
    assert told is not None
    assert told.startswith(f"the disk of {tmp_path} has 255 MiB left: make room on it")
    assert looked(1024**2) is None
    assert watch.trouble is not None
    assert "1 MiB left" in watch.trouble  # as it is now, for whoever asks
    assert looked(LITTLE) is None, "near the limit it is told once, not again and again"
    assert watch.trouble is not None
    assert looked(ENOUGH) == f"the disk of {tmp_path} has 512 MiB left again"
    assert watch.trouble is None


def test_a_folder_that_is_not_there_is_no_trouble_of_the_disk(tmp_path: Path) -> None:
    watch = DiskWatch(tmp_path / "gone")
    assert watch.check_space() is None
    assert watch.trouble is None
