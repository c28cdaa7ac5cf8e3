"""Tests of the demo: a real server and cast, and a guest who becomes host and moderates."""

from __future__ import annotations

import sys

from benchmarks.processes import LineProcess

from ..support.patience import PATIENCE
from ..support.processes import Journey
from ..support.terminal import needs_tmux, terminal


def test_the_guest_hosts_a_room_of_people_who_stay(journey: Journey) -> None:
    command = [sys.executable, "-m", "roomcli", "demo", "--plain", "--name", "Gwen"]
    command += ["--mic", "tone:440", "--speaker", "none"]
    guest = journey.started(
        LineProcess.start(command, journey.environment("Gwen"), keep_errors=True)
    )
    said: list[str] = []
    for waits_for, types in (
        ("You are on stage, muted", "/silence Ann"),
        ("You silenced Ann", "/move_to_audience Ann"),
        ("Ann", "/move_to_audience Ben"),
        ("Ben", ""),
        ("raised a hand", "/unmute"),
        ("You are on air", "/leave"),
        ("/leave again, or yes, leaves", "/leave"),
    ):
        said += guest.read_until(waits_for, PATIENCE)
        if types:
            guest.write_line(types)
    assert guest.process.wait(PATIENCE) == 0
    assert not any("lost the connection" in line for line in said)


@needs_tmux
def test_who_has_no_name_yet_is_asked_nothing_and_home_stays_as_it_was(journey: Journey) -> None:
    environment = journey.environment("nobody")
    with terminal("demo", environment) as shell:
        shell.types("roomcli", "demo", "--mic", "none", "--speaker", "none")
        shell.sees("○ MUTED")
        shell.sees("Carla")
        shell.presses("C-c")
        shell.sees("Leave the room?")
        shell.presses("C-c")
        shell.sees("over=130")
    assert not list(journey.folder.rglob("home_servers"))
