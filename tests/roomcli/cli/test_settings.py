"""Tests of settings: flag over environment over file, and a file that survives being written."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomcli.cli import entrance, people, settings, settings_file
from roomcli.errors import ConfigError, RoomcliError, UsageError
from roomcli.protocol.sound import SoundSettings

from ..test_folders import settle


@pytest.fixture
def file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    config = settle(monkeypatch, tmp_path) / "config/roomcli/config.toml"
    config.parent.mkdir(parents=True)
    return config


@pytest.mark.parametrize(
    ("flag", "variable", "in_file", "value", "source"),
    [
        ("Flo", "Eve", "Fil", "Flo", "flag"),
        (None, "Eve", "Fil", "Eve", "environment"),
        (None, "", "Fil", "Fil", "file"),
        (None, None, "Fil", "Fil", "file"),
        (None, None, None, None, "default"),
    ],
)
def test_who_has_the_last_word(
    file: Path,
    flag: str | None,
    variable: str | None,
    in_file: str | None,
    value: str | None,
    source: str,
) -> None:
    if in_file is not None:
        file.write_text(f'name = "{in_file}"\n')
    environment = {} if variable is None else {"ROOMCLI_NAME": variable}
    found = settings.load({"name": flag}, environment)
    assert (found.name, found.sources["name"]) == (value, source)


def test_a_flag_can_be_empty(file: Path) -> None:
    file.write_text('headline = "Keeper"\n')
    assert settings.load({"headline": ""}, {}).headline == ""


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("name = ", "is not TOML"),
        ("name = 3", "name should be text in quotes, like name = "),
        ('nmae = "Ann"', "unknown key 'nmae': did you mean name?"),
        ("[table]", "unknown key 'table': there are server, name"),
        ("[kesy]", "unknown key 'kesy': did you mean keys?"),
        ("theme = 3", "theme should be text in quotes, like theme = "),
        ('auto_mute = "30"', "auto_mute should be a number of seconds, like auto_mute = 30"),
        ("auto_mute = true", "auto_mute should be a number of seconds"),
        ("auto_mute = -1", "auto_mute in .*: -1 is no time"),
        ("auto_mute = inf", "auto_mute in .*: inf is no time"),
        ('echo = "loud"', "echo in .*: 'loud' is none of auto, on, off"),
        ("echo = false", 'echo should be text in quotes, like echo = "off"'),
        ('noise = "maybe"', "noise in .*: 'maybe' is neither on nor off"),
        ("music = 1", "music should be true or false, like music = true"),
        ('keys = "j"', "keys should be a table"),
        ("[keys]\nraise_hand = 1", "keys should be a table"),
        ('name = " "', "name in .*config.toml: name is empty"),
        ('server = "ftp://example.org"', "server in .*config.toml: .*wss://host"),
        (f'headline = "{"x" * 81}"', "headline in .* longer than 80"),
    ],
)
def test_a_bad_file_is_one_line_with_file_and_key(file: Path, text: str, line: str) -> None:
    file.write_text(text)
    with pytest.raises(ConfigError, match=line) as caught:
        settings.load({}, {})
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_looks_and_keys_are_in_the_file_and_looks_in_the_environment(file: Path) -> None:
    file.write_text('theme = "nord"\nauto_mute = 30\n[keys]\nraise_hand = "j,J"\n')
    found = settings.load({}, {})
    assert (found.theme, found.auto_mute, found.keys) == ("nord", 30.0, {"raise_hand": "j,J"})
    found = settings.load({}, {"ROOMCLI_THEME": "gruvbox", "ROOMCLI_AUTO_MUTE": "2.5"})
    assert (found.theme, found.auto_mute) == ("gruvbox", 2.5)
    assert found.sources["auto_mute"] == "environment"


def test_the_sound_is_set_by_words_or_switches_and_kept(file: Path) -> None:
    file.write_text('echo = "OFF"\nnoise = false\nlevel = "off"\ngate = "low"\n')
    found = settings.load({}, {"ROOMCLI_GATE": "high", "ROOMCLI_MUSIC": "yes"})
    wanted = SoundSettings(echo="off", noise=False, level=False, gate="high", music=True)
    assert settings.sound_settings(found) == wanted
    settings_file.save({"noise": True, "echo": "auto"})
    assert 'echo = "auto"\nnoise = true\n' in file.read_text()
    file.unlink()
    assert settings.sound_settings(settings.load({}, {})) == SoundSettings()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_byte_order_mark_is_no_content(file: Path, encoding: str) -> None:
    text = 'name = "Zoë"\r\nspeaker = "none"\r\n'
    mark = "\ufeff" if encoding[-3:] in ("-le", "-be") else ""
    file.write_bytes((mark + text).encode(encoding))
    assert settings.load({}, {}).name == "Zoë"
    settings_file.save({"name": "Zoé"})
    found = settings.load({}, {})
    assert (found.name, found.speaker) == ("Zoé", "none")


@pytest.mark.parametrize(
    "mark", ["\u200b", "\u2060", "\ufeff", "\u200e", "\u200d", "\u2028", "\u3164"]
)
@pytest.mark.parametrize("where", ["flag", "environment", "file"])
def test_invisible_marks_at_the_ends_of_a_name_are_no_part_of_it(
    file: Path, mark: str, where: str
) -> None:
    name = f"{mark} Zoë {mark}\u00a0"
    if where == "file":
        file.write_text(f'name = "{name}"\nheadline = "{name}"\n', "utf-8")
    flags = {"name": name, "headline": name} if where == "flag" else {}
    there = {"ROOMCLI_NAME": name, "ROOMCLI_HEADLINE": name} if where == "environment" else {}
    found = settings.load(flags, there)
    assert (found.name, found.headline) == ("Zoë", "Zoë")


def test_what_is_written_at_an_end_stays() -> None:
    for name in ("❤\ufe0f", "ක්\u200d", "(a)"):
        assert settings.load({"name": name}, {}).name == name


def test_bytes_that_are_no_text(file: Path) -> None:
    file.write_bytes(b'theme = "nord"\nname = "Zo\xeb"\n')
    with pytest.raises(ConfigError, match=r"is not UTF-8 \(at line 2\): save it as UTF-8"):
        settings.load({}, {})


def test_a_folder_in_place_of_the_file(file: Path) -> None:
    file.mkdir()
    with pytest.raises(ConfigError, match="cannot read"):
        settings.load({}, {})


@pytest.mark.parametrize(
    ("flags", "environment", "error", "place"),
    [
        ({"name": "\x1b[31m"}, {}, UsageError, "--name: "),
        ({}, {"ROOMCLI_SERVER": "me@rooms"}, ConfigError, "ROOMCLI_SERVER: "),
        ({}, {"ROOMCLI_AUTO_MUTE": "soon"}, ConfigError, "ROOMCLI_AUTO_MUTE: soon is no time"),
    ],
)
def test_a_bad_value_says_where_it_stands(
    file: Path,
    flags: dict[str, str],
    environment: dict[str, str],
    error: type[RoomcliError],
    place: str,
) -> None:
    with pytest.raises(error, match=place):
        settings.load(flags, environment)


def test_saving_keeps_what_else_is_there(file: Path) -> None:
    file.write_text('# mine\nserver = "ws://h"  # ours\n  name="Old \\"#1"  # me\n')
    settings_file.save({"name": "Ann", "headline": 'says "hi" \\ bye'})
    assert file.read_text() == (
        '# mine\nserver = "ws://h"  # ours\n  name="Ann"  # me\n'
        'headline = "says \\"hi\\" \\\\ bye"\n'
    )
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_saving_keeps_what_is_over_several_lines_and_quoted_keys(file: Path) -> None:
    file.write_text('server = """\\\nws://h"""\n"name" = "Old"  # me\n')
    settings_file.save({"name": "Ann"})
    assert file.read_text() == 'server = """\\\nws://h"""\n"name" = "Ann"  # me\n'


@pytest.mark.parametrize(
    "before",
    ["", "# mine\n", "'name' = 'Old' # me\n"],
    ids=["no head", "a head", "a quoted key"],
)
def test_saving_leaves_the_keys_in_their_table(file: Path, before: str) -> None:
    file.write_text(before + 'auto_mute = 2.5\n\n[keys] # moved\nname = "q"\n"help" = "\\""\n')
    wanted = {**settings.read_settings(file), "name": "Ann"}
    settings_file.save({"name": "Ann"})
    assert settings.read_settings(file) == wanted
    assert "[keys] # moved" in file.read_text()
    assert before.partition("#")[2] in file.read_text()


def test_saving_does_not_touch_a_file_that_it_does_not_understand(file: Path) -> None:
    file.write_text("name = ")
    with pytest.raises(ConfigError):
        settings_file.save({"name": "Ann"})
    assert file.read_text() == "name = "


def test_a_full_disk_is_one_line_and_costs_nobody_their_settings(
    monkeypatch: pytest.MonkeyPatch, file: Path
) -> None:
    def refuse(*_: object) -> NoReturn:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    file.write_text('name = "Old"\n')
    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(ConfigError, match=r"cannot write .*config\.toml: No space left on device"):
        settings_file.save({"name": "Ann"})
    assert file.read_text() == 'name = "Old"\n'
    assert [each.name for each in file.parent.iterdir()] == ["config.toml"]


def test_saving_writes_through_a_link(file: Path, tmp_path: Path) -> None:
    target = tmp_path / "dotfiles.toml"
    target.write_text("")
    file.symlink_to(target)
    settings_file.save({"name": "Ann"})
    assert file.is_symlink()
    assert target.read_text() == 'name = "Ann"\n'


def test_saving_makes_a_private_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = settle(monkeypatch, tmp_path) / "config/roomcli"
    settings_file.save({"name": "Ann"})
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [each.name for each in folder.iterdir()] == ["config.toml"]


@given(st.text())
def test_any_text_can_be_saved(text: str) -> None:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "config.toml"
        file.write_text('name = "Old"\n\n[keys]\nhelp = "q"\n')
        settings_file.save({"name": text, "headline": text}, file)
        assert settings.read_settings(file) == {
            "name": text,
            "headline": text,
            "keys": {"help": "q"},
        }


def test_the_account_gives_the_first_name(file: Path) -> None:
    entered = entrance.enter_command("", settings.load({}, {}), intent="join")
    assert entered.name == people.name_of_account() != ""
    assert not file.exists()
