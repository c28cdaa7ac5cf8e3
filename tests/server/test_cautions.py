"""Tests of the warnings that whoever runs a server gets."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import trio
import trio.testing

from roomcli.protocol import commands as c
from server import data_folder
from server.announcement import ListeningPlace
from server.cautions import (
    WATCH_SECONDS,
    FolderWatch,
    cautions_about_folder,
    cautions_about_place,
)
from server.news import News

from ..support.server_process import Start, listening, start, stopped

__all__ = ["start"]


@pytest.mark.parametrize(
    ("bound", "pin", "told"),
    [
        (["0.0.0.0", "::"], None, True),
        (["192.168.1.7"], None, True),
        (["127.0.0.1", "192.0.2.7"], None, True),
        (["127.0.0.1", "::1"], None, False),
        (["0.0.0.0"], "ab" * 32, False),
    ],
)
def test_what_others_can_listen_in_to(bound: list[str], pin: str | None, told: bool) -> None:
    said = list(cautions_about_place(ListeningPlace("", bound, 7420, pin)))
    assert bool(said) == told
    assert all("--no-tls" in each and "port 7420" in each for each in said)


@pytest.mark.parametrize(
    ("mode", "told"), [(0o700, ""), (0o755, "755"), (0o750, "750"), (0o701, "701"), (0o777, "777")]
)
def test_a_folder_that_is_open_to_others(tmp_path: Path, mode: int, told: str) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "certificate.pem").touch(0o644)
    (folder / "certificate.pem").chmod(0o644)
    (folder / "roomcli.sqlite3").touch(0o600)
    folder.chmod(mode)
    said = list(cautions_about_folder(folder))
    if not told:
        assert said == []
        return
    [text] = said
    assert f"mode {told}" in text
    assert "read certificate.pem:" in text
    assert f"chmod -R go= {folder}" in text


def test_a_folder_of_somebody_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "roomcli.sqlite3").touch()
    tmp_path.chmod(0o700)
    monkeypatch.setattr(os, "geteuid", lambda: 4_000_000)
    [text] = cautions_about_folder(tmp_path)
    assert "the server runs as 4000000" in text


def test_what_root_makes_is_its_owners_to_whom_the_folder_belongs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the owner could not start the server again."""
    anns = tmp_path / "ann"
    anns.mkdir()
    owners = {tmp_path: 0, anns: 1000}

    def chown(path: Path, owner: int, _: int, *, follow_symlinks: bool) -> None:
        assert not follow_symlinks
        owners[path] = owner

    monkeypatch.setattr(os, "chown", chown)
    monkeypatch.setattr(data_folder, "_owners", lambda path: (owners.get(path, 0), 1001))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    folder = data_folder.data_folder(anns / "new" / "rooms")
    assert (owners[anns / "new"], owners[folder]) == (1000, 1000)
    (folder / "roomcli.sqlite3").touch()
    data_folder.leave_to_owner(folder)
    assert owners[folder / "roomcli.sqlite3"] == 1000
    data_folder.leave_to_owner(data_folder.data_folder(tmp_path / "roots"))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    data_folder.data_folder(anns / "later")
    assert set(owners) == {tmp_path, anns, anns / "new", folder, folder / "roomcli.sqlite3"}


def test_an_empty_folder(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    [text] = cautions_about_folder(tmp_path)
    assert f"{tmp_path} is empty" in text
    assert list(cautions_about_folder(tmp_path, may_be_empty=True)) == []
    (tmp_path / "host-invite").touch(0o600)  # copied or put back without what matters
    [text] = cautions_about_folder(tmp_path)
    assert f"{tmp_path} has no roomcli.sqlite3" in text
    (tmp_path / "roomcli.sqlite3").touch(0o600)
    assert list(cautions_about_folder(tmp_path)) == []


def test_a_folder_that_goes_and_comes_back(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "data", tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "roomcli.sqlite3").touch()
    watch = FolderWatch(folder)
    assert watch.look() is None
    folder.rename(elsewhere)
    assert "has vanished" in (watch.look() or "")
    assert watch.look() is None  # said once
    folder.mkdir()  # another one is not it
    assert watch.look() is None
    folder.rmdir()
    elsewhere.rename(folder)
    assert "is back" in (watch.look() or "")
    (folder / "host-invite").touch()  # other files may come and go
    (folder / "backup.sqlite3").touch()
    assert watch.look() is None
    (folder / "roomcli.sqlite3").unlink()
    assert "has vanished" in (watch.look() or "")


async def test_a_folder_is_watched(tmp_path: Path, autojump_clock: trio.testing.MockClock) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    told, said = trio.open_memory_channel[str](1)
    news = News(lambda _, text: trio.from_thread.run(told.send, text))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(news.run)
        nursery.start_soon(FolderWatch(folder).watch, news)
        await trio.sleep(WATCH_SECONDS * 3)
        folder.rmdir()
        assert "has vanished" in await said.receive()
        nursery.cancel_scope.cancel()


async def test_a_server_says_it_when_it_has_started(start: Start, tmp_path: Path) -> None:
    data = tmp_path / "data"
    process = start("--no-tls", "--listen", "0.0.0.0:0")
    async with listening(process):
        _, log = await stopped(process)
    assert "not encrypted" in log
    assert f"{data} is empty" in log
    data.chmod(0o755)
    process = start("--no-tls")
    async with listening(process):
        _, log = await stopped(process)
    assert "not encrypted" not in log
    assert "is empty" not in log
    assert "others can enter" in log


async def test_a_server_says_that_its_folder_vanished(start: Start, tmp_path: Path) -> None:
    process = start("--no-tls")
    async with listening(process) as server:
        host = await server.client(intent="host")
        await host.do(c.Lock())  # what waits to be written is, and the store has nothing to say
        (tmp_path / "data").rename(tmp_path / "elsewhere")
        assert process.stderr is not None
        line = b"at first"
        while b"has vanished" not in line:
            line = await trio.to_thread.run_sync(process.stderr.readline)
            assert line
        process.kill()
