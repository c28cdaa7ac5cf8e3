"""``roomcli setup``: asks again what the first run asks, with the answers of now filled in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import folders
from ..errors import RoomcliError, UsageError
from . import entrance, exits, people, settings
from .parser import Parser

if TYPE_CHECKING:
    from ..frontends.tui.screens.first_run import OwnAnswers


def run(argv: list[str]) -> int:
    """Run the command and return its exit code. Raises UsageError without a terminal."""
    make_parser().parse_args(argv)
    if not entrance.on_terminal():
        raise UsageError(
            "the questions need a terminal to draw on: `roomcli config set name NAME` answers one"
        )
    code = entrance.ask_who(settings.load(), _save_answers)
    if code == exits.DONE:
        print(f"saved in {folders.config_file()}")
    return code


def make_parser() -> Parser:
    """Return the parser of ``roomcli setup``."""
    return Parser(
        "setup",
        "Answer the questions of the first run again: your name, what you are known for,\n"
        "microphone and speakers, with the level of your voice.",
        epilog="Esc takes everything as it is, Ctrl+Q changes nothing.",
        examples={
            "setup": "ask all of it",
            "config set name 'Ann Lee'": "change your name alone",
        },
    )


def _save_answers(answers: OwnAnswers) -> str:
    """Save the answers; return why that does not work, if so."""
    try:
        people.save_answers(answers)
    except (RoomcliError, OSError) as error:
        return str(error)
    return ""
