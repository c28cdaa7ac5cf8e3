"""A room's screen with a fault in it, run as the command line runs it, for ``test_program``."""

from __future__ import annotations

import sys
from pathlib import Path

from roomcli.cli import main as command_line
from roomcli.frontends.tui.launch import run_app
from roomcli.frontends.tui.screens.room import RoomScreen

from .tui_seat import ENTER, SERVER


def _fault(*_: object) -> None:
    raise ZeroDivisionError("made for the test")


def _run(words: list[str]) -> int:
    RoomScreen.sync = _fault  # type: ignore[method-assign, assignment]
    engine = [sys.executable, "-m", "tests.support.fake_engine"]
    return run_app(ENTER, (SERVER,), engine_command=engine, log=Path("/dev/null")).exit_code


if __name__ == "__main__":
    command_line._run_command = _run
    sys.exit(command_line.main([]))
