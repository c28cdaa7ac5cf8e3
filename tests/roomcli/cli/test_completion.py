"""Tests of completions in real shells: commands, settings, and names that strangers chose."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from roomcli import folders
from roomcli.cli import aliases, exits, known_words, main
from roomcli.cli.recent_rooms import note_entry
from roomcli.protocol import events as e
from roomcli.protocol.address import parse_address

from ...support.fake_room import YOU, make_view
from ...support.terminal import Terminal, needs_tmux, terminal
from ..frontends.test_ctl import DONE, FakeEngine
from ..test_folders import settle

HOSTILE = "Zed;touch pwned $(touch pwned)`touch a`"
SHELLS = {
    "bash": "exec bash --rcfile {}",
    "zsh": "ZDOTDIR=. exec zsh",
    "fish": "exec fish --no-config --init-command 'source {}'",
}
"""How each shell starts with what completes."""
PROMPTS = {"fish": "function fish_prompt; echo 'ready$ '; end"}


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    settle(monkeypatch, tmp_path)
    with tempfile.TemporaryDirectory(prefix="roomcli-", dir="/tmp") as short:
        monkeypatch.setenv("XDG_RUNTIME_DIR", short)
        monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
        yield tmp_path


@pytest.fixture
def engine() -> Iterator[FakeEngine]:
    """Run an engine in a room where somebody has a name that a shell could obey."""
    made = FakeEngine(folders.engine_socket(os.getpid()), "standup", DONE)
    view = make_view("host")
    ben = next(each for each in view.people.values() if each.name.startswith("Ben"))
    people = {**view.people, ben.id: replace(ben, name=HOSTILE)}
    joined = e.Joined(room="standup", you=YOU, view=replace(view, people=people), server_time=0.0)
    made.news = [json.loads(msgspec.json.encode(joined))]
    yield made
    made.close()


def completes(shell: Terminal, typed: str, completed: str) -> None:
    """Type a part of a line and a tab; the line has to become this."""
    shell.presses("C-u")
    shell.types_text(typed)
    shell.presses("Tab")
    shell.sees(completed)


@needs_tmux
@pytest.mark.parametrize("name", SHELLS)
def test_a_tab_completes_what_is_known(
    name: str, engine: FakeEngine, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed")
    aliases.give("club", parse_address("wss://h/r/book-club"))
    main.main(["completion", name])
    script = capsys.readouterr().out
    if name == "zsh":  # it tells a file that is read from one that is found when it is needed
        (home / "script").write_text(script)
        script = 'autoload -U compinit; compinit -D -u; eval "$(cat script)"'
    prompt = PROMPTS.get(name, "PS1='ready$ '")
    (home / ".zshrc").write_text(f"{script}\n{prompt}\n")
    with terminal(name, {**os.environ}) as shell:
        shell.types_text(f"cd {home}; {SHELLS[name].format('.zshrc')}")
        shell.presses("Enter")
        shell.sees("ready$")
        completes(shell, "roomcli config set au", "set auto_mute")
        completes(shell, "roomcli join cl", "join club")
        completes(shell, "roomcli ctl ban Ann", "Ann\\ Lindqvist")
        completes(shell, "roomcli ctl ban Ze", "pwned")
        shell.presses("Enter")
        shell.sees("standup does not answer")  # this engine answers only once: roomcli has run
    assert not {"pwned", "a"} & {each.name for each in home.iterdir()}


def test_the_words_of_a_moment(
    engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    aliases.give("club", parse_address("wss://h/r/book-club"))
    note_entry("wss://h/r/tea")
    note_entry("wss://other/r/nap")
    assert main.main(["completion", "rooms"]) == exits.DONE
    assert capsys.readouterr() == ("club\nstandup\n", "")
    monkeypatch.setenv("ROOMCLI_SERVER", "wss://h")
    assert known_words.room_words() == ["club", "standup", "tea"], "and of lately on one's server"
    assert main.main(["completion", "people"]) == exits.DONE
    out, err = capsys.readouterr()
    assert HOSTILE in out.splitlines()
    assert "Ann Lindqvist" in out.splitlines()
    assert err == ""


@pytest.mark.parametrize("what", ["rooms", "people"])
def test_an_engine_that_hangs_costs_a_moment_and_no_words(
    what: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known_words, "SECONDS", 0.05)
    with socket.socket(socket.AF_UNIX) as hung:
        hung.bind(str(folders.engine_socket(os.getpid())))
        hung.listen()
        began = time.monotonic()
        assert main.main(["completion", what]) == exits.DONE
        assert time.monotonic() - began < 4, "not the patience of ctl"
    assert capsys.readouterr() == ("", "")
