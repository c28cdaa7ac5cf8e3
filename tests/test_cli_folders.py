"""Folders are their owner's alone, wherever they are and whoever was there first."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

import pytest

from roomcli import folders
from roomcli.cli import settings
from roomcli.errors import ConfigError

XDG = {
    "XDG_CONFIG_HOME": "config",
    "XDG_DATA_HOME": "data",
    "XDG_STATE_HOME": "state",
    "XDG_RUNTIME_DIR": "run",
}


def settle(monkeypatch: pytest.MonkeyPatch, home: Path) -> Path:
    """A home of its own for a test, without settings; subprocesses inherit it."""
    monkeypatch.setenv("HOME", str(home))
    for variable, name in XDG.items():
        monkeypatch.setenv(variable, str(home / name))
    (home / "run").mkdir(mode=0o700)
    for key in settings.KEYS:
        monkeypatch.delenv(settings.variable(key), raising=False)
    monkeypatch.delenv("SSH_CONNECTION", raising=False)
    return home


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    return settle(monkeypatch, tmp_path)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_folders_follow_xdg_and_are_private(home: Path) -> None:
    assert folders.config_file() == home / "config/roomcli/config.toml"
    assert folders.data_folder() == home / "data/roomcli"
    assert folders.log_folder() == home / "state/roomcli/log"
    assert folders.runtime_folder() == home / "run/roomcli"
    for folder in (folders.data_folder(), folders.log_folder(), folders.runtime_folder()):
        assert mode(folder) == 0o700


def test_a_relative_xdg_variable_says_nothing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", "run")
    monkeypatch.setattr(tempfile, "tempdir", str(home))
    assert folders.runtime_folder() == home / f"roomcli-{os.getuid()}"


def test_a_runtime_folder_that_others_can_enter_is_closed(home: Path) -> None:
    (home / "run/roomcli").mkdir()
    (home / "run/roomcli").chmod(0o777)
    assert mode(folders.runtime_folder()) == 0o700


def test_a_runtime_folder_that_is_a_link_is_refused(home: Path) -> None:
    (home / "elsewhere").mkdir()
    (home / "run/roomcli").symlink_to(home / "elsewhere")
    with pytest.raises(ConfigError, match="not a folder of yours"):
        folders.runtime_folder()


def test_a_runtime_folder_of_somebody_else_is_refused(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "run/roomcli").mkdir(mode=0o700)
    somebody = os.getuid() + 1
    monkeypatch.setattr(os, "getuid", lambda: somebody)
    with pytest.raises(ConfigError, match="not a folder of yours"):
        folders.runtime_folder()


def test_a_folder_that_cannot_be_made_is_one_line(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "file").write_text("")
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "file"))
    with pytest.raises(ConfigError, match="cannot make the folder"):
        folders.data_folder()


def test_a_log_is_private_and_does_not_grow_for_ever(home: Path) -> None:
    def write(text: bytes) -> None:
        descriptor = folders.opened_log(folders.log_folder() / "some.log")
        os.write(descriptor, text)
        os.close(descriptor)

    log = folders.log_folder() / "some.log"
    old = log.with_name("some.log.1")
    write(b"first ")
    write(b"second")
    assert log.read_bytes() == b"first second"
    assert mode(log) == 0o600
    assert not old.exists()
    write(b"x" * folders.MAX_LOG)
    write(b"third")
    assert log.read_bytes() == b"third"
    assert old.stat().st_size == folders.MAX_LOG + 12
    assert (mode(log), mode(old)) == (0o600, 0o600)
