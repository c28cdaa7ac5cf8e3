"""Tests of ``join`` without a room: offered are the rooms of lately and aliases, by one key."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from roomcli.cli import aliases, exits, main, room_choice
from roomcli.cli.recent_rooms import note_entry
from roomcli.errors import UsageError
from roomcli.protocol.address import Address, parse_address

from ..test_folders import settle


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    return settle(monkeypatch, tmp_path)


@pytest.fixture
def keyboard(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Put a real terminal in the place of standard input, and yield where keys go in."""
    master, terminal = os.openpty()
    with open(terminal) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        yield master
    os.close(master)


def know_some() -> None:
    note_entry("wss://h/r/standup")
    note_entry("wss://h:99/r/book-club#invite=used")
    aliases.give("club", parse_address("wss://h:99/r/book-club#invite=sesame"))
    aliases.give("attic", parse_address("wss://old.example/r/attic"))


def choose(keyboard: int, keys: bytes) -> Address | None:
    os.write(keyboard, keys)
    return room_choice.choose_room(asks=True)


def test_a_digit_chooses_without_enter(keyboard: int, capsys: pytest.CaptureFixture[str]) -> None:
    know_some()
    assert str(choose(keyboard, b"1")) == "wss://h:99/r/book-club#invite=sesame"
    said = capsys.readouterr().out
    assert said.splitlines()[1:4] == [
        "  1  club  (book-club on h:99)",
        "  2  standup on h",
        "  3  attic  (attic on old.example)",
    ]
    assert "sesame" not in said
    assert str(choose(keyboard, b"2")) == "wss://h:7420/r/standup"
    for other in (b"4", b"q", b"\x1b", b"\x1b[A"):
        assert choose(keyboard, other) is None


def test_no_more_is_offered_than_there_are_digits(
    keyboard: int, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(12):
        note_entry(f"wss://h/r/room-{number}")
    assert str(choose(keyboard, b"9")) == "wss://h:7420/r/room-3"
    assert "room-2 " not in capsys.readouterr().out


def test_who_cannot_be_asked_is_told_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["join"]) == exits.WRONG_USAGE
    assert "which room? `roomcli join ROOM`" in capsys.readouterr().err
    know_some()
    assert main.main(["join", "--jsonl"]) == exits.WRONG_USAGE
    line = "roomcli: which room? You know of club, wss://h:7420/r/standup, attic\n"
    assert capsys.readouterr().err == line
    assert main.main(["join", "--server", "wss://h"]) == exits.WRONG_USAGE
    assert "`roomcli rooms --server URL`" in capsys.readouterr().err


def test_nothing_known_is_nothing_to_choose(keyboard: int) -> None:
    with pytest.raises(UsageError, match="the line that its host gave you"):
        choose(keyboard, b"1")
