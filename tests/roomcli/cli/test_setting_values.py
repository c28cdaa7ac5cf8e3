"""Tests of ``config set`` and ``get``: each value checked, comments kept, bindings that clash."""

from __future__ import annotations

from pathlib import Path

import pytest

from roomcli.cli import exits, main, settings

from ..test_folders import settle


@pytest.fixture(autouse=True)
def file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    config = settle(monkeypatch, tmp_path) / "config/roomcli/config.toml"
    config.parent.mkdir(parents=True)
    return config


def config(*words: str) -> int:
    return main.main(["config", *words])


@pytest.mark.parametrize(
    ("key", "typed", "line", "read"),
    [
        ("name", "Zoë", 'name = "Zoë"', "Zoë"),
        ("auto_mute", "30", "auto_mute = 30", "30"),
        ("auto_mute", "2.5", "auto_mute = 2.5", "2.5"),
        ("noise", "OFF", "noise = false", "off"),
        ("echo", "Auto", 'echo = "auto"', "auto"),
        ("theme", "nord", 'theme = "nord"', "nord"),
        ("headline", "", 'headline = ""', ""),
        ("keys.raise_hand", "j, J", 'raise_hand = "j, J"', "j, J"),
    ],
)
def test_a_value_is_put_into_the_file_and_read_as_it_is_typed(
    file: Path, key: str, typed: str, line: str, read: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text('# mine\nserver = "wss://h"  # at work\n')
    assert config("set", key, typed) == exits.DONE
    assert capsys.readouterr() == ("", "")
    assert file.read_text().startswith('# mine\nserver = "wss://h"  # at work\n')
    assert line in file.read_text().splitlines()
    assert config("get", key) == exits.DONE
    assert capsys.readouterr().out == f"{read}\n"


@pytest.mark.parametrize(
    ("key", "typed", "why"),
    [
        ("thme", "nord", "did you mean theme?"),
        ("theme", "neon", "There is no theme 'neon'"),
        ("theme", "roomcli-lite", "did you mean roomcli-light?"),
        ("auto_mute", "soon", "auto_mute: soon is no time"),
        ("noise", "maybe", "noise: 'maybe' is neither on nor off"),
        ("gate", "wide", "gate: 'wide' is none of off, low"),
        ("server", "ftp://h", "server: 'ftp://h' is not an address"),
        ("name", " ", "name: name is empty"),
        ("mic", "tone:abc", "mic: tone:abc is no tone"),
        ("keys", "j", "`roomcli config keys` lists them"),
        ("keys.raise_hnad", "j", "did you mean raise_hand?"),
        ("keys.raise_hand", "t", "t is the key of write, so raise_hand keeps h"),
        ("keys.raise_hand", "nokey", "'nokey' is no key"),
        ("keys.raise_hand", "", "raise_hand is given no key"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line_and_changes_nothing(
    file: Path, key: str, typed: str, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text('# mine\nname = "Ann"\n')
    assert config("set", key, typed) == exits.WRONG_USAGE
    said = capsys.readouterr().err
    assert why in said
    assert said.count("\n") == 1
    assert file.read_text() == '# mine\nname = "Ann"\n'


def test_another_fault_of_the_file_does_not_hold_up_a_change(file: Path) -> None:
    file.write_text('name = " "\n[keys]\nraise_hnad = "j"  # typo\nwrite = "w"\n')
    assert config("set", "keys.leave", "Q") == exits.DONE
    assert config("set", "name", "Ann") == exits.DONE
    assert settings.load({}, {}).name == "Ann"
    assert settings.load({}, {}).keys == {"raise_hnad": "j", "write": "w", "leave": "Q"}
    assert "# typo" in file.read_text()


def test_a_variable_that_goes_before_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ROOMCLI_NAME", "Eve")
    assert config("set", "name", "Ann") == exits.DONE
    assert capsys.readouterr().err == "ROOMCLI_NAME is set, and goes before the file\n"
    assert config("get", "name") == exits.DONE
    assert capsys.readouterr().out == "Eve\n"


def test_what_is_not_set_is_no_value(capsys: pytest.CaptureFixture[str]) -> None:
    for key in ("theme", "keys.raise_hand"):
        assert config("get", key) == exits.FAILED
        assert capsys.readouterr() == ("", f"{key} is not set\n")


def test_the_keys_are_listed_with_what_clashes(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text('[keys]\nraise_hand = "j"\nleave = "t"\n')
    assert config("keys") == exits.WRONG_USAGE
    out, err = capsys.readouterr()
    lines = {words[0]: words[1] for line in out.splitlines() if (words := line.split())}
    assert (lines["raise_hand"], lines["leave"]) == ("j", "q")
    assert err == "roomcli: t is the key of write, so leave keeps q\n"
