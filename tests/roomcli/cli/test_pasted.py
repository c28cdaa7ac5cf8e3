"""Tests of whole lines that were pasted where only a part of them was asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from roomcli.cli import main, whereabouts
from roomcli.cli.pasted import unfolded
from roomcli.errors import UsageError

from ..test_folders import settle

URL = f"wss://h:7420/r/standup#pin={'ab' * 32}&invite=x-_9"


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["join", URL], ["join", URL]),
        (["join", f"roomcli join '{URL}'"], ["join", URL]),
        (["join", f'roomcli join "{URL}"'], ["join", URL]),
        (["join", f"roomcli join \u2018{URL}\u2019"], ["join", URL]),
        (["join", f"roomcli join “{URL}”\n"], ["join", URL]),
        (["join", f"  $ roomcli join '{URL}'"], ["join", URL]),
        (["join", f"roomcli join '{URL}"], ["join", URL]),
        (["join", f"roomcli join \\\n  '{URL}'"], ["join", URL]),
        (["join", f"roomcli \\\r\n join {URL} \\\n --plain"], ["join", URL, "--plain"]),
        (["join", f"/opt/bin/roomcli join {URL}"], ["join", URL]),
        (["join", "roomcli", "join", URL], ["join", URL]),
        (["join", "$", "roomcli", "join", URL], ["join", URL]),
        (["roomcli", "join", URL], ["join", URL]),
        ([f"roomcli join '{URL}'"], ["join", URL]),
        ([f"roomcli join '{URL}' --plain"], ["join", URL, "--plain"]),
        (["join", "--plain", f"roomcli join '{URL}'"], ["join", "--plain", URL]),
        (["join", "roomcli join standup", "--name", "Ann"], ["join", "standup", "--name", "Ann"]),
        (["host", f"roomcli join '{URL}'"], ["host", URL]),
        (["alias", "club", f"roomcli join '{URL}'"], ["alias", "club", URL]),
        (["join", "roomcli"], ["join", "roomcli"]),  # a room may be called so
        (["join", "x", "--name", "roomcli"], ["join", "x", "--name", "roomcli"]),
        (["rooms", "--server", "roomcli"], ["rooms", "--server", "roomcli"]),
    ],
)
def test_a_line_that_was_pasted_into_a_line(words: list[str], meant: list[str]) -> None:
    assert unfolded(words) == meant


def test_the_command_line_reads_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settle(monkeypatch, tmp_path)
    assert main.main(["join", "roomcli join 'wss://h/r/x#pin=12'"]) == 2
    assert "the pin in the address is not whole" in capsys.readouterr().err


@pytest.mark.parametrize(
    "target", ["h:1/r/standup", "'h:1/r/Standup'", "wss://h:1/r/standup.", "H:1/R/STANDUP"]
)
def test_an_address_whose_scheme_was_forgotten(target: str) -> None:
    assert whereabouts.is_url(target)
    assert str(whereabouts.room_at(target)) == "wss://h:1/r/standup"


@pytest.mark.parametrize("target", ["h:1", "rooms.example.org", "[::1]:7420"])
def test_a_server_in_place_of_a_room(target: str) -> None:
    with pytest.raises(UsageError, match=r"like wss://\S+/r/standup"):
        whereabouts.checked_name_of_room(target)
