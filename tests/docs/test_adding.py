"""Tests of what the page says on how to add a thing: a command is added to a copy, and given."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.processes import Child, LineProcess, server_command
from roomcli.frontends.grammar.usage import USAGE
from roomcli.frontends.words.settings_words import settings_lines
from roomcli.protocol import commands as c
from roomcli.protocol.settings import RoomSettings

from .. import ROOT
from ..support.patience import PATIENCE
from ..support.processes import Journey, room_on

PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
STEP = re.compile(r"^# (\S+), above (.+): (.+)$")
COMMANDS = 2
"""Of a room, and one that needs none."""
MOST_FILES = 5


def steps() -> list[tuple[str, str, list[str]]]:
    """Return the steps of the page: a file, the beginning of a line there, the lines above it."""
    blocks: list[str] = re.findall(r"```python\n(# roomcli/.*?)```", PAGE, re.S)
    assert len(blocks) == COMMANDS
    found: list[tuple[str, str, list[str]]] = []
    for block in blocks:
        files = set()
        for line in block.splitlines():
            if step := STEP.match(line):
                found.append((step[1], step[2], []))
                files.add(step[1])
            else:
                found[-1][2].append(line)
        assert len(files) <= MOST_FILES
    return found


def test_what_the_page_names_is_there() -> None:
    section = PAGE.partition("## How to add a thing\n")[2].partition("\n## ")[0]
    told = re.findall(r"`(\w+)`\s+in\s+`([\w/]+\.py)`", section)
    assert len(told) > 15
    for name, path in told:
        text = (ROOT / path).read_text("utf-8")
        assert re.search(rf"^\s*(class |(async )?def )?{name}\b", text, re.M), (name, path)
    paths = re.findall(r"`([\w/]+/[\w.]*)`", section)
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_every_setting_of_a_room_can_be_changed_typed_and_read() -> None:
    settings = set(RoomSettings.__struct_fields__)
    assert settings == set(c.ChangeSettings.__struct_fields__) - {"ref"}
    assert settings == {line.partition(":")[0] for line in settings_lines(RoomSettings())}
    assert settings == set(re.findall(r"\[(\w+)=", USAGE["change_settings"].arguments))


def follow(folder: Path, name: str, above: str, lines: list[str]) -> None:
    """Put these lines into a file; one that goes on from a line that is there replaces it."""
    path = folder / name
    text = path.read_text("utf-8").splitlines()
    for line in lines:
        if older := [each for each in text if each and line.startswith(f"{each} | ")]:
            text[text.index(older[0])] = line
            continue
        place = next(n for n, each in enumerate(text) if each.strip().startswith(above))
        text.insert(place, line)
    path.write_text("\n".join(text) + "\n", "utf-8")


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    """Return a folder with a copy of the source to which the page's command was added."""
    for part in ("roomcli", "server"):
        shutil.copytree(ROOT / part, tmp_path / "source" / part)
    for name, above, lines in steps():
        follow(tmp_path / "source", name, above, lines)
    return tmp_path / "source"


def test_a_command_is_added_as_the_page_says_and_given_in_every_way(
    changed: Path, journey: Journey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    there = {"PYTHONPATH": str(changed), "PYTHONSAFEPATH": "1"}
    command = server_command(journey.folder / "data", "--no-tls")
    server = journey.started(Child.start(command, journey.environment("server") | there))
    room = room_on(str(server.event("listening", PATIENCE)["url"]), "standup")
    ann = journey.participant("Ann", "host", room, **there)
    ann.joined()

    def clap() -> None:
        pulse = ann.wait_for("pulse", when=lambda event: bool(event.get("reactions")))
        assert pulse["reactions"] == {"👏": 1}

    ann.say("clap", ref=7)
    ann.wait_for("done", when=lambda event: event["ref"] == 7)
    clap()
    run(journey, there, "ctl", "clap")
    clap()
    assert "applaud once more" in run(journey, there, "ctl", "--help")
    ann.say("greet", ref=8)
    greeted = ann.wait_for("greeted")
    assert (greeted["text"], greeted["ref"]) == ("Hello, Ann", 8)
    ann.wait_for("done", when=lambda event: event["ref"] == 8)
    assert json.loads(run(journey, there, "ctl", "greet"))["text"] == "Hello, Ann"

    plain = [sys.executable, "-m", "roomcli", "join", room, "--plain", "--name", "Ben"]
    environment = journey.environment("Ben") | there
    ben = journey.started(LineProcess.start([*plain, "--speaker", "none"], environment))
    ben.read_until("/help lists", PATIENCE)
    ben.write_line("/help clap")
    ben.read_until("/clap: applaud once more", PATIENCE)
    ben.write_line("/clap")
    ben.read_until("You clapped", PATIENCE)
    clap()
    ben.write_line("/greet")
    ben.read_until("Hello, Ben", PATIENCE)


def run(journey: Journey, there: dict[str, str], *words: str) -> str:
    """Run a command of the copy for the host, and return what it prints."""
    return subprocess.run(
        [sys.executable, "-m", "roomcli", *words],
        env=journey.environment("Ann") | there,
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
    ).stdout


def test_the_screen_offers_what_was_added(changed: Path) -> None:
    code = """
from roomcli.frontends.grammar.completions import completions
from roomcli.frontends.grammar.slash import parse
from roomcli.frontends.model.room_model import RoomModel
from roomcli.frontends.tui.keys import Keymap
from roomcli.frontends.tui.screens.help import help_text
from roomcli.protocol import commands as c
from roomcli.protocol.codec import decode_from_client, encode
assert parse("/clap", RoomModel()) == c.Clap()
assert completions("/clap", RoomModel()) == ["/clap"]
assert "applaud once more" in help_text(Keymap(), "listener", 80).plain
assert decode_from_client(encode(c.Clap(ref=7))) == c.Clap(ref=7)
assert parse("/greet", RoomModel()) == c.Greet()
assert "be greeted by the server" in help_text(Keymap(), "listener", 80).plain
"""
    there = {"PYTHONPATH": str(changed), "PYTHONSAFEPATH": "1"}
    ended = subprocess.run(
        [sys.executable, "-c", code], env=there, capture_output=True, text=True, timeout=PATIENCE
    )
    assert ended.returncode == 0, ended.stderr
