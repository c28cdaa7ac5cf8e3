"""``roomcli completion SHELL``: what completes roomcli's words in bash, zsh and fish.

The scripts are shtab's. Rooms and people are asked for while somebody types, of the engine that is
in a room here: their names are the words of strangers, so that no shell may take them for its own.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence

from . import exits, known_words, settings
from .parser import Parser

SHELLS = ("bash", "zsh", "fish")
_ASKED: dict[str, Callable[[], Sequence[str]]] = {
    "rooms": known_words.room_words,
    "people": known_words.people_words,
}
_ASK = "command roomcli completion {} 2>/dev/null"
# bash takes what `compgen -W` is given for words of its own, with $(…) in them; this does not.
_BASH = """\
_roomcli_{0}() {{
  local name word
  while IFS= read -r name; do
    printf -v word %q "$name"
    [[ $word == "$1"* || $name == "$1"* ]] && printf '%s\\n' "$word"
  done < <({1})
}}"""
_ZSH = """\
_roomcli_{0}() {{
  local -a names
  names=(${{(f)"$({1})"}})
  compadd -a names
}}"""


def run(argv: list[str]) -> int:
    """Run the command and return its exit code."""
    what = make_parser().parse_args(argv).what
    if what in SHELLS:
        print(_script(what))
    else:
        for word in _ASKED[what]():
            print(word)
    return exits.DONE


def make_parser() -> Parser:
    """Return the parser of ``roomcli completion``."""
    parser = Parser(
        "completion",
        "Print what completes roomcli's words in your shell.",
        epilog="`rooms` and `people` are what these scripts ask for while you type.",
        examples={
            "completion bash > ~/.local/share/bash-completion/completions/roomcli": "for bash",
            "completion zsh > ~/.zfunc/_roomcli": "for zsh, if ~/.zfunc is in your fpath",
            "completion fish > ~/.config/fish/completions/roomcli.fish": "for fish",
        },
    )
    parser.add_argument("what", choices=(*SHELLS, *_ASKED), help="the shell")
    return parser


def _script(shell: str) -> str:
    import shtab  # for this alone

    from .command_tree import all_commands

    tree = all_commands()
    for command, parser in _commands_of(tree):
        if command == "ctl":
            _split_words(parser)
        for action in parser._actions:
            if (words := _words_for(command, action)) is not None:
                vars(action)["complete"] = words
            elif command == "config" and action.dest == "key":
                from ..frontends.tui.keys import ACTIONS

                bindings = [f"{settings.TABLE}.{id}" for id in ACTIONS]
                action.choices = [*settings.KEYS, *bindings]
    script: str = shtab.complete(tree, shell)
    return script


def _words_for(command: str, action: argparse.Action) -> object:
    """Return what completes the values of an action; None where nothing is known."""
    import shtab

    match action.metavar:
        case "ROOM|URL":
            return _dynamic("rooms")
        case "NAME" if action.dest == "room" or command == "alias":
            return _dynamic("rooms")
        case "PERSON":
            return _dynamic("people")
        case "FILE":
            return shtab.FILE
        case "DIR":
            return shtab.DIRECTORY
    return None


def _dynamic(what: str) -> dict[str, object]:
    """Return how each shell asks for words while somebody types."""
    ask = _ASK.format(what)
    return {
        "bash": f"_roomcli_{what}",
        "zsh": f"_roomcli_{what}",
        "fish": f"({ask})",
        "preamble": {"bash": _BASH.format(what, ask), "zsh": _ZSH.format(what, ask)},
    }


def _split_words(ctl: argparse.ArgumentParser) -> None:
    """Take the words of ``roomcli ctl`` apart: a command, then mostly somebody's name."""
    from ..frontends.grammar.aliases import ALIASES
    from ..frontends.grammar.usage import COMMANDS

    for action in ctl._actions:
        if action.dest == "words":
            action.nargs, action.choices = None, [*COMMANDS, *ALIASES, "state"]
    ctl.add_argument("more", metavar="PERSON", nargs="*")


def _commands_of(
    parser: argparse.ArgumentParser, name: str = ""
) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Yield every parser below this one, with the command that it belongs to."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for word, each in action.choices.items():
                yield name or word, each
                yield from _commands_of(each, name or word)
