"""Tests of aliases: a short name for the line of a room, for ``join`` and ``host``."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from roomcli.cli import aliases, exits, host, main, settings, whereabouts
from roomcli.protocol.address import parse_address

from ..test_folders import settle

LINE = f"wss://h/r/book-club#pin={'a' * 64}&invite=sesame"
WHOLE = LINE.replace("//h/", "//h:7420/")


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    return settle(monkeypatch, tmp_path)


def test_a_name_is_given_listed_shown_and_removed(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.main(["alias", "club", LINE]) == exits.DONE
    assert main.main(["alias", "tea", "roomcli join 'wss://rooms.example:99/r/tea'"]) == exits.DONE
    assert capsys.readouterr() == ("", "")
    file = home / "data/roomcli/aliases"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert main.main(["alias"]) == exits.DONE
    said = capsys.readouterr().out
    assert said == "club  book-club on h\ntea   tea on rooms.example:99\n"
    assert main.main(["alias", "club"]) == exits.DONE
    assert capsys.readouterr().out == f"{WHOLE}\n"
    assert main.main(["alias", "--remove", "club"]) == exits.DONE
    assert list(aliases.all_aliases()) == ["tea"]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("club wss://h", "names a server but no room"),
        ("wss://h/r/x wss://h/r/x", "cannot name a room"),
        ("Klöb! wss://h/r/x", "like klob"),
        ("nobody", "nobody is no alias"),
        ("--remove nobody", "nobody is no alias"),
        ("--remove nobody club", "--remove NAME stands alone"),
    ],
)
def test_what_cannot_be_is_one_line(
    words: str, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.main(["alias", *words.split()]) == exits.WRONG_USAGE
    said = capsys.readouterr().err
    assert why in said
    assert said.count("\n") == 1
    assert aliases.all_aliases() == {}


def test_join_and_host_go_where_the_name_stands_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROOMCLI_SERVER", "wss://configured")
    aliases.give("club", parse_address(LINE))
    current = settings.load()
    assert str(whereabouts.room_to_join("club", current)) == WHOLE
    assert str(whereabouts.room_to_join("Club", current)) == WHOLE, "as rooms are named"
    hosted = host._elsewhere("club", current, here=False)
    assert hosted is not None
    assert (hosted.room, hosted.host_token) == ("book-club", "sesame")
    named = settings.load({"server": "wss://other"})
    assert str(whereabouts.room_to_join("club", named)) == "wss://other:7420/r/club"
    assert host._elsewhere("club", current, here=True) is None


def test_a_damaged_file_is_passed_over(home: Path) -> None:
    aliases.give("club", parse_address(LINE))
    file = home / "data/roomcli/aliases"
    file.write_bytes(b"\xff\nnothing\nx wss://h\n" + file.read_bytes())
    assert list(aliases.all_aliases()) == ["club"]


def test_there_are_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aliases, "MOST", 2)
    for name in ("a", "b", "b"):
        aliases.give(name, parse_address(LINE))
    assert main.main(["alias", "c", LINE]) == exits.WRONG_USAGE
