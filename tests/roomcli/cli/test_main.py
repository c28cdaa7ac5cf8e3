"""Tests of the command line as a shell sees it: exit codes, one clear line, no traceback."""

from __future__ import annotations

import json
import os
import re
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from roomcli import errors
from roomcli.cli import exits, main
from roomcli.version import VERSION

from ...support.patience import PATIENCE
from ..test_folders import settle

ROOMCLI = (sys.executable, "-m", "roomcli")


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    return settle(monkeypatch, tmp_path)


@pytest.fixture
def deaf_port() -> Iterator[int]:
    """Return a port where nobody answers: bound, so that nobody takes it, but not listening."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def roomcli(*words: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*ROOMCLI, *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        env=env,
    )


@pytest.mark.parametrize(
    ("command", "code", "line"),
    [
        ("", 2, "which command"),
        ("jion standup", 2, "did you mean `roomcli join`"),
        ("--frobnicate", 2, "unknown option --frobnicate"),
        ("join", 2, "which room?"),
        ("join Stand!up", 2, "64 at the most, like stand-up"),
        ("join standup --plain --jsonl", 2, "not allowed with"),
        ("join standup --pla", 2, "unrecognized arguments: --pla"),
        ("event plan a b c d --x", 2, "d --x (see roomcli event plan --help)"),
        ("event --x list", 2, "--x (see roomcli event --help)"),
        ("join example.org", 2, "name a room on it, like wss://example.org:7420/r/standup"),
        ("join h:1", 2, "name a room on it, like wss://h:1/r/standup"),
        ("join wss://example.org", 2, "names a server but no room"),
        ("join wss://h:99999/r/x", 2, "is not an address"),
        ("join wss://h/r/x#pin=12", 2, "the pin in the address is not whole"),
        ("join wss://h/r/x --server wss://g", 2, "an address says it already"),
        ("join standup", 3, "no --server is given, none is configured"),
        ("join wss://h/r/x --mic file:/nowhere/talk.wav", 1, "cannot read /nowhere/talk.wav"),
        ("join wss://h/r/x --mic file:/", 1, "it is a folder"),
        ("join wss://h/r/x --speaker file:/nowhere/a.wav", 1, "cannot write /nowhere/a.wav"),
        ("join wss://h/r/x --mic file:", 2, "needs a path"),
        ("join wss://h/r/x --mic file:/dev/null", 1, "cannot read /dev/null: it is no file"),
        (f"join wss://h/r/x --mic file:{__file__}", 1, "it is no WAV, FLAC, Ogg or MP3 file"),
        ("join wss://h/r/x --mic tone:abc", 2, "--mic: tone:abc is no tone"),
        ("join wss://h/r/x --mic tone:19", 2, "--mic: tone:19 is no tone"),
        ("join wss://h/r/x --mic talk.wav", 2, "--mic: there is no device called 'talk.wav'"),
        ("host x --mic talks/Talk.FLAC", 2, "for the file say file:talks/Talk.FLAC"),
        (f"host x --mic {__file__}", 2, f"for the file say file:{__file__}"),
        ("join wss://h/r/x --mic File:talk.wav", 2, "did you mean file:talk.wav?"),
        ("join wss://h/r/x --mic None", 2, "did you mean none?"),
        ("join wss://h/r/x --speaker heard.wav", 2, "for the file say file:heard.wav"),
        ("join wss://h/r/x --speaker tone:440", 2, "a tone can be a microphone, but not"),
        ("join wss://h/r/x --mic \udce9", 2, "--mic: '\\udce9' is not UTF-8"),
        ("join wss://h/r/x --speaker file:/tmp/\udce9", 2, "is not UTF-8"),
        ("join wss://h/r/x --name J\udce9", 2, "name holds U+DCE9"),
        ("audit verify /nowhere/\udce9", 2, "cannot read /nowhere/\\udce9: No such file"),
        ("ctl chat caf\udce9", 2, "'caf\\udce9' is not UTF-8"),
        ("host x --local --server wss://h", 2, "leave out the other server"),
        ("host x --access nobody", 2, "invalid choice"),
        ("rooms", 3, "no server to ask"),
        ("rooms --server ws://127.0.0.1:PORT", 3, "connection refused"),
        ("config nonsense", 2, "invalid choice"),
        ("ctl", 2, "which command?"),
        ("lobby --server ws://127.0.0.1:PORT", 2, "`roomcli rooms` lists the rooms"),
    ],
)
def test_what_cannot_be_is_one_line_and_its_code(
    command: str, code: int, line: str, deaf_port: int
) -> None:
    ended = roomcli(*command.replace("PORT", str(deaf_port)).split())
    assert (ended.returncode, ended.stdout) == (code, "")
    assert line in ended.stderr
    assert ended.stderr.startswith("roomcli: ")
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize("name", sorted(main.COMMANDS))
def test_every_command_has_help(name: str) -> None:
    ended = roomcli(name, "--help")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith(f"usage: roomcli {name}")


@pytest.mark.parametrize("flag", ["--version", "-V"])
def test_the_version_imports_next_to_nothing(flag: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "roomcli", flag], capture_output=True, text=True
    )
    assert ended.stdout == f"roomcli {VERSION}\n"
    for heavy in ("argparse", "typing", "dataclasses", "textual", "trio", "msgspec"):
        assert not re.search(rf"\| +{heavy}$", ended.stderr, re.MULTILINE), heavy


def test_help_lists_every_command() -> None:
    ended = roomcli("--help")
    assert ended.returncode == 0
    for name in main.COMMANDS:
        assert re.search(rf"^  {name}\b", ended.stdout, re.MULTILINE)


def test_alone_on_a_terminal_it_names_the_first_things_to_try() -> None:
    master, terminal = os.openpty()
    try:
        ended = subprocess.run(ROOMCLI, stdout=terminal, stderr=subprocess.PIPE, timeout=PATIENCE)
        said = os.read(master, 4096).decode()
    finally:
        os.close(master)
        os.close(terminal)
    assert ended.returncode == 0
    for step in ("roomcli demo", "roomcli host standup", "roomcli join standup"):
        assert step in said


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.UsageError("u"), 2),
        (errors.ConfigError("c"), 2),
        (errors.AudioError("a"), 1),
        (errors.ConnectionFailed("c"), 3),
        (errors.ConnectionLost("c"), 1),
        (errors.CommandRefused("banned", "b"), 4),
        (KeyboardInterrupt(), 130),
        (BaseExceptionGroup("tasks", [KeyboardInterrupt()]), 130),
        (ExceptionGroup("tasks", [errors.CommandRefused("locked", "l")]), 4),
        (FileNotFoundError(2, "No such file", "talk.wav"), 1),
        (ZeroDivisionError(), 1),
    ],
)
def test_the_exit_code_says_what_happened(
    error: BaseException, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(words: list[str]) -> int:
        raise error

    monkeypatch.setattr(main, "_run_command", fail)
    assert main.main([]) == code


def test_a_fault_of_our_own_goes_into_the_log(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(words: list[str]) -> int:
        raise ZeroDivisionError("by what?")

    monkeypatch.setattr(main, "_run_command", fail)
    log = home / "state/roomcli/log/roomcli.log"
    assert main.main([]) == exits.FAILED
    assert capsys.readouterr().err == (
        f"roomcli: roomcli met a fault of its own; the details are in {log}\n"
    )
    assert "ZeroDivisionError: by what?" in log.read_text()
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_without_a_place_for_the_log_there_is_still_one_line(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "state").write_text("not a folder")

    def fail(words: list[str]) -> int:
        raise ZeroDivisionError("by what?")

    monkeypatch.setattr(main, "_run_command", fail)
    assert main.main([]) == exits.FAILED
    assert "ZeroDivisionError('by what?')" in capsys.readouterr().err


def test_a_reader_that_left_is_no_news() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    ended = subprocess.run(
        [*ROOMCLI, "config"], stdout=writer, stderr=subprocess.PIPE, timeout=PATIENCE
    )
    os.close(writer)
    assert ended.stderr == b""


def test_a_full_disk_is_one_line() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full")
    with open("/dev/full", "wb") as full:
        ended = subprocess.run([*ROOMCLI, "config"], stdout=full, stderr=subprocess.PIPE)
    assert ended.returncode == exits.FAILED
    assert ended.stderr.count(b"\n") == 1


def test_a_closed_output_is_no_fault() -> None:
    ended = subprocess.run(
        ["/bin/sh", "-c", '"$@" >&-', "sh", *ROOMCLI, "config"],
        capture_output=True,
        timeout=PATIENCE,
    )
    assert (ended.returncode, ended.stderr) == (0, b"")


def test_config_shows_where_each_value_comes_from(home: Path) -> None:
    (home / "config/roomcli").mkdir(parents=True)
    (home / "config/roomcli/config.toml").write_text('name = "Zoë"\n')
    environment = {**os.environ, "ROOMCLI_MIC": "none", "PYTHONIOENCODING": "ascii"}
    ended = roomcli("config", env=environment)
    assert ended.returncode == 0
    assert "Zo\\xeb  (file)" in ended.stdout  # an encoding without the letter ends nothing
    assert "none  (ROOMCLI_MIC)" in ended.stdout
    assert roomcli("config", "path").stdout == f"{home}/config/roomcli/config.toml\n"


def test_config_shows_keys_and_says_which_are_none(home: Path) -> None:
    config = home / "config/roomcli/config.toml"
    config.parent.mkdir(parents=True)
    config.write_text('auto_mute = 30\n[keys]\nraise_hand = "j"\n')
    shown = roomcli("config")
    assert (shown.returncode, shown.stderr) == (0, "")
    lines = [line.split() for line in shown.stdout.splitlines()]
    assert ["auto_mute", "30", "(file)"] in lines
    assert ["keys.raise_hand", "j", "(file)"] in lines
    told = json.loads(roomcli("config", "show", "--json").stdout)
    assert told["keys"] == {"value": {"raise_hand": "j"}, "source": "file"}
    assert told["theme"] == {"value": None, "source": "default"}
    config.write_text('theme = "neon"\n[keys]\nraise_hnad = "j"\n')
    broken = roomcli("config")
    assert broken.returncode == exits.WRONG_USAGE
    assert "keys.raise_hnad" in broken.stdout
    assert "no theme 'neon'" in broken.stderr
    assert "no 'raise_hnad' to give a key to" in broken.stderr
    assert broken.stderr.count("\n") == 1
