"""Tests of the rooms of lately: kept without secrets, bounded, and not of servers that are gone."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

import pytest

from roomcli.cli import notes, recent_rooms
from roomcli.cli.home_servers import ListedServers
from roomcli.cli.recent_rooms import latest, note_entry

from ..test_folders import settle

PIN = "a" * 64


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    return settle(monkeypatch, tmp_path)


def urls() -> list[str]:
    return [str(each) for each in latest()]


def test_the_latest_is_first_and_the_file_lets_nobody_in(home: Path) -> None:
    assert urls() == []
    note_entry(f"wss://one.example/r/tea#pin={PIN}&invite=secret1&host_token=secret2")
    note_entry("wss://two.example/r/pond")
    note_entry("wss://one.example/r/tea#invite=secret3")
    assert urls() == ["wss://one.example:7420/r/tea", "wss://two.example:7420/r/pond"]
    file = home / "state/roomcli/recent_rooms"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert "secret" not in file.read_text()
    assert len(ListedServers().addresses()) == 2, "home shows their servers"


def test_so_many_are_kept_and_a_damaged_file_is_passed_over(home: Path) -> None:
    for number in range(recent_rooms.MOST + 2):
        note_entry(f"wss://h/r/room-{number}")
    assert len(urls()) == recent_rooms.MOST
    assert urls()[0] == f"wss://h:7420/r/room-{recent_rooms.MOST + 1}"
    (home / "state/roomcli/recent_rooms").write_bytes(b"\xff\nwss://h\nwss://h/r/tea#invite=x\n")
    assert urls() == ["wss://h:7420/r/tea"]


def test_a_room_on_a_server_that_runs_here_for_a_while_is_not_kept() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        here = f"ws://127.0.0.1:{server.getsockname()[1]}"
        note_entry(f"{here}/r/nap")
        assert urls() == [f"{here}/r/nap"], "it may be there for good"
        notes.write_note(notes.Note(os.getpid(), here, "tea", "token"))
        note_entry(f"{here}/r/tea")
        assert urls() == [f"{here}/r/nap"]


def test_a_folder_that_cannot_be_written_ends_no_stay(home: Path) -> None:
    (home / "state").write_text("no folder")
    note_entry("wss://h/r/tea")
