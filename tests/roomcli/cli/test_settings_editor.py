"""Tests of ``config edit``: a real program edits the file, which is checked afterwards."""

from __future__ import annotations

import stat
import sys
import tomllib
from pathlib import Path

import pytest

from roomcli.cli import exits, main, settings

from ..test_folders import settle


@pytest.fixture(autouse=True)
def file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.delenv("VISUAL", raising=False)
    return settle(monkeypatch, tmp_path) / "config/roomcli/config.toml"


def edit_by(monkeypatch: pytest.MonkeyPatch, script: str) -> int:
    """Edit with a script that gets the file as ``file``; return the exit code."""
    head = "import pathlib, sys; file = pathlib.Path(sys.argv[1]); "
    monkeypatch.setenv("EDITOR", f'{sys.executable} -c "{head}{script}"')
    return main.main(["config", "edit"])


def test_a_new_file_is_private_and_has_a_line_for_every_setting(
    monkeypatch: pytest.MonkeyPatch, file: Path
) -> None:
    assert edit_by(monkeypatch, "") == exits.DONE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    text = file.read_text()
    assert tomllib.loads(text) == {}
    heading, *lines = text.splitlines()
    assert heading.startswith("# ")
    sample = tomllib.loads("\n".join(line.removeprefix("# ") for line in lines))
    assert sample.keys() == {*settings.KEYS, settings.TABLE}
    file.write_text("\n".join(line.removeprefix("# ") for line in lines))
    assert settings.load({}, {}).name == "Ann"


def test_what_was_edited_is_checked(
    monkeypatch: pytest.MonkeyPatch, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ROOMCLI_THEME", "neon")
    assert edit_by(monkeypatch, "file.write_text('music = true')") == exits.DONE
    assert capsys.readouterr().out == f"{file} is good\n"
    for text, why in (
        ("music = 1", "music should be true or false"),
        ("name = ' '", "name is empty"),
        ("theme = 'neon'", "There is no theme 'neon'"),
        ("keys = {leave = 't'}", "t is the key of write, so leave keeps q"),
    ):
        script = f"file.write_text({text!r})".replace('"', '\\"')
        assert edit_by(monkeypatch, script) == exits.WRONG_USAGE
        said = capsys.readouterr().err
        assert why in said
        assert str(file) in said


@pytest.mark.parametrize(
    ("editor", "why"),
    [
        ("/nowhere/editor", "/nowhere/editor: No such file"),
        ("false", "false ended with 1"),
        ("'", "EDITOR is no command line"),
    ],
)
def test_an_editor_that_fails_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], editor: str, why: str
) -> None:
    monkeypatch.setenv("EDITOR", editor)
    assert main.main(["config", "edit"]) == exits.WRONG_USAGE
    said = capsys.readouterr().err
    assert why in said
    assert said.count("\n") == 1
