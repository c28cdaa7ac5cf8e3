"""``roomcli ctl COMMAND``: do something in the room that is open on this machine, from anywhere."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Iterator

from ..protocol.text import is_text
from . import exits
from .parser import Parser

_COLUMN = 32
"""The column of the help in which it says what a command does."""
_WORDS = """\
  mute, unmute, mute toggle     your microphone
  ptt down, ptt up              push-to-talk: open while a key is down
  raise [LINE], lower           your hand, and what you would like to say
  react EMOJI, chat TEXT        to everybody
  leave                         leave the room
  state                         print how things are, as one line of JSON
  COMMAND …                     whatever can be typed in the room, without its slash: accept_hand,
                                ban Ann 2h spam, change_settings floor_seconds=2m chat=off; the
                                answer to a question, like list_people, is printed as JSON

On a key, with sway (with i3 without --no-repeat):
  bindsym --no-repeat $mod+space exec roomcli ctl ptt down
  bindsym --release $mod+space exec roomcli ctl ptt up
"""


def run(argv: list[str]) -> int:
    """Run the command and return its exit code."""
    parser = make_parser(lists_all=not {"-h", "--help"}.isdisjoint(argv))
    options = parser.parse_args(argv)
    if not options.words:
        parser.error("which command?")
    for word in options.words:
        if not is_text(word):
            parser.error(f"{word!r} is not UTF-8")
    from ..frontends.ctl import answer

    printed = answer(options.words, _asked_room(options.room))
    if printed:
        print(printed)
    return exits.DONE


def make_parser(*, lists_all: bool = True) -> Parser:
    """Return the parser of ``roomcli ctl``.

    ``lists_all``: its help has everything that can be typed, which is slow to import.
    """
    parser = Parser(
        "ctl",
        "Do something in the room that is open on this machine, from a script or a hotkey.",
        epilog=_WORDS,
        examples={
            "ctl mute toggle": "on a key: open or close your microphone",
            "ctl accept_hand": "bring the first hand on stage",
            "ctl state": "a line of JSON, for a status bar",
        },
    )
    if lists_all:
        shown = (parser.epilog or "", "", "everything that can be typed:", *_commands())
        parser.epilog = "\n".join(shown)
    parser.usage = f"{parser.prog} [--room NAME] COMMAND [WORD...]"
    parser.add_argument("--room", metavar="NAME", help="the room, where several are open")
    parser.add_argument(
        "words", metavar="COMMAND", nargs=argparse.REMAINDER, help="one of those below"
    )
    return parser


def _commands() -> Iterator[str]:
    # Imported here: the commands of keys must not wait for it.
    from ..frontends.grammar.usage import USAGE, typed

    for name, usage in USAGE.items():
        words = typed(name).removeprefix("/")
        if len(words) < _COLUMN - 3:
            yield f"  {words:<{_COLUMN - 2}}{usage.help}"
        else:
            yield from textwrap.wrap(words, 98, initial_indent="  ", subsequent_indent="      ")
            yield " " * _COLUMN + usage.help


def _asked_room(said: str | None) -> str | None:
    if said is None:
        return None
    from ..protocol.address import checked_room

    return checked_room(said)
