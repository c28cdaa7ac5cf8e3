"""Tests of docs/bots.md: its greeter greets, and its tables are those of the code."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from benchmarks.processes import LineProcess

from ..support.patience import PATIENCE
from ..support.processes import Journey, room_on
from .make_bots import COMMANDS, EVENTS, PAGE, page_with, tables

MOST_LINES = 20


def test_the_tables_are_made_of_the_code() -> None:
    page = PAGE.read_text("utf-8")
    assert page == page_with(tables(), page), "run python -m tests.docs.make_bots"


def test_every_command_and_event_has_a_row_with_what_it_is_for() -> None:
    told = [row.strip("| ").split(" | ") for row in tables().splitlines() if row[:3] == "| `"]
    tags = [f"`{each.__struct_config__.tag}`" for each in (*COMMANDS, *EVENTS)]  # type: ignore[attr-defined]
    assert sorted(row[0] for row in told) == sorted(tags)
    assert all(len(row) == 3 and row[2].endswith((".", "`")) for row in told)


def test_the_greeter_of_the_page_greets_who_comes_and_ends_with_the_room(
    journey: Journey, tmp_path: Path
) -> None:
    (program,) = re.findall(r"^```python\n(.*?)^```", PAGE.read_text("utf-8"), re.M | re.S)
    assert len(program.splitlines()) <= MOST_LINES
    path = tmp_path / "greeter.py"
    path.write_text(program, "utf-8")
    url, _ = journey.serve("--no-tls")
    room = room_on(url, "standup")
    ann = journey.participant("Ann", "host", room)
    ann.joined()

    scripts = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    environment = journey.environment("Ann") | scripts
    greeter = journey.started(LineProcess.start([sys.executable, str(path), room], environment))
    ann.wait_for("participant_joined")
    ben = journey.participant("Ben", "join", room)
    ben.joined()
    greeting = ann.wait_for("chat_posted")["message"]
    assert (greeting["name"], greeting["text"].split("!")[0]) == ("Greeter", "Hello Ben")

    ann.say("end_room")
    assert greeter.process.wait(PATIENCE) == 0
