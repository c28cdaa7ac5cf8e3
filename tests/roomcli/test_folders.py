"""Tests that folders are their owner's alone, wherever they are and whoever made them."""

from __future__ import annotations

import os
import pwd
import stat
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from roomcli import folders
from roomcli.cli import main, settings
from roomcli.errors import ConfigError
from server.data_folder import default_folder

XDG = {
    "XDG_CONFIG_HOME": "config",
    "XDG_DATA_HOME": "data",
    "XDG_STATE_HOME": "state",
    "XDG_RUNTIME_DIR": "run",
}


def settle(monkeypatch: pytest.MonkeyPatch, home: Path) -> Path:
    """Give the test a home of its own without settings; child processes inherit it."""
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


@pytest.fixture
def temporary(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the runtime folder that is used when XDG_RUNTIME_DIR cannot be."""
    monkeypatch.setattr(tempfile, "tempdir", str(home))
    return home / f"roomcli-{os.getuid()}"


@pytest.mark.parametrize(
    "trouble", ["gone", "file", "somebody else's", "a link", "a file in it", "too long"]
)
def test_a_runtime_folder_that_cannot_be_used_is_not(
    home: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    run = home / "run"
    match trouble:
        case "gone":
            run.rmdir()
        case "file":
            run.rmdir()
            run.touch()
        case "somebody else's":
            run.chmod(0o777)  # root could write there all the same
            theirs(monkeypatch, run)
        case "a link":
            (home / "elsewhere").mkdir()
            (run / "roomcli").symlink_to(home / "elsewhere")
        case "a file in it":
            (run / "roomcli").touch()
        case "too long":  # for the path of a socket
            run = run / ("x" * 100)
            run.mkdir(mode=0o700)
            monkeypatch.setenv("XDG_RUNTIME_DIR", str(run))
    assert folders.runtime_folder() == temporary
    assert mode(temporary) == 0o700
    if trouble == "somebody else's":
        assert list(run.iterdir()) == []


@pytest.mark.parametrize("trouble", ["a link", "a file", "nowhere"])
def test_no_runtime_folder_at_all_is_one_line(
    home: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    """Somebody else may have been first to make the folder in the temporary folder."""
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    if trouble == "a link":
        (home / "elsewhere").mkdir()
        temporary.symlink_to(home / "elsewhere")
    elif trouble == "a file":
        temporary.touch()
    else:
        monkeypatch.setattr(tempfile, "tempdir", str(home / "gone"))
    with pytest.raises(ConfigError, match=r"not a folder of yours|cannot make the folder"):
        folders.runtime_folder()


def theirs(monkeypatch: pytest.MonkeyPatch, *foreign: Path) -> None:
    """Let folders and their content belong to somebody else."""

    def owner(path: Path) -> int | None:
        if not path.exists():
            return None
        there = any(path.is_relative_to(each) for each in foreign)
        return os.getuid() + 4321 if there else os.getuid()

    monkeypatch.setattr(folders, "_owner", owner)


def account(monkeypatch: pytest.MonkeyPatch, home: Path | None) -> None:
    """Set this account's home in the table of accounts, or remove its entry."""

    def entry(_: int) -> SimpleNamespace:
        if home is None:
            raise KeyError("uid not found")
        return SimpleNamespace(pw_dir=str(home), pw_name="ann", pw_gecos="")

    monkeypatch.setattr(pwd, "getpwuid", entry)


@pytest.mark.parametrize("given", [None, "", "relative"])
def test_without_home_it_is_that_of_the_account(
    home: Path, monkeypatch: pytest.MonkeyPatch, given: str | None
) -> None:
    without_places(monkeypatch)
    if given is not None:
        monkeypatch.setenv("HOME", given)
    account(monkeypatch, home)
    assert folders.data_folder().is_relative_to(home)
    assert folders.log_folder().is_relative_to(home)
    assert folders.config_file().is_relative_to(home)


@pytest.mark.parametrize("command", ["config show", "join x", "rooms", "admin reports list"])
def test_no_home_at_all_is_one_line(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    without_places(monkeypatch)
    account(monkeypatch, None)
    assert main.main(command.split()) == 2
    said = capsys.readouterr()
    assert said.err.startswith("roomcli: you have no home folder here: set HOME")
    assert said.err.count("\n") == 1


def without_places(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("HOME", *XDG):
        monkeypatch.delenv(variable)


@pytest.mark.parametrize("by", ["HOME", "XDG"])
def test_root_makes_nothing_in_the_home_of_somebody_else(
    home: Path, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    """As with ``sudo -E``: the owner could not use what root makes there."""
    ann, root = home / "ann", home / "root"
    ann.mkdir()
    root.mkdir()
    without_places(monkeypatch)
    monkeypatch.setenv("HOME", str(ann if by == "HOME" else root))
    if by == "XDG":
        for variable, name in XDG.items():
            monkeypatch.setenv(variable, str(ann / "not yet" / name))
    account(monkeypatch, root)
    monkeypatch.setattr(tempfile, "tempdir", str(root))
    monkeypatch.setattr(os, "getuid", lambda: 0)
    theirs(monkeypatch, ann)
    places = (folders.data_folder(), folders.log_folder(), folders.config_file().parent)
    assert all(each.is_relative_to(root) for each in places)
    assert default_folder().is_relative_to(root)
    assert list(ann.iterdir()) == []
    monkeypatch.setattr(os, "getuid", lambda: 1000)  # whom the system keeps out of what is not his
    theirs(monkeypatch, ann)
    assert folders.data_folder().is_relative_to(ann)


def test_what_root_left_behind_is_said_with_the_remedy(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = folders.data_folder()
    theirs(monkeypatch, folder)
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(ConfigError, match=f"sudo chown -R {os.getuid()} '{folder}'"):
        folders.data_folder()


def test_a_log_that_cannot_be_written_makes_way(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = folders.log_folder() / "some.log"
    log.write_bytes(b"of root")
    may = os.access
    monkeypatch.setattr(os, "access", lambda path, how: Path(path) != log and may(path, how))
    os.close(folders.opened_log(log))
    assert log.read_bytes() == b""
    assert log.with_name("some.log.1").read_bytes() == b"of root"


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
