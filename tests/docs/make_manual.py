"""Write the manual page, docs/roomcli.1, from the commands' own parsers.

``python -m tests.docs.make_manual``. The build puts it where ``man`` looks; a test holds it against
the parsers.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator

from roomcli.cli import settings
from roomcli.cli.command_tree import all_commands
from roomcli.cli.parser import Parser
from roomcli.version import VERSION

from .. import ROOT

PAGE = ROOT / "docs" / "roomcli.1"
EXIT_CODES = {
    0: "done",
    1: "failed",
    2: "wrong usage",
    3: "could not connect",
    4: "refused",
    130: "interrupted",
}
FILES = {
    "~/.config/roomcli/config.toml": "settings; `roomcli config path` says where it is here",
    "~/.local/share/roomcli": "your key, servers, aliases",
    "~/.local/state/roomcli": "rooms of lately, and the log",
}


def manual() -> str:
    """Return the whole page as man(7) has it."""
    tree = all_commands()
    lines = [
        '.\\" Made by python -m tests.docs.make_manual',
        f'.TH ROOMCLI 1 "" "roomcli {VERSION}" "User Commands"',
        ".SH NAME",
        "roomcli \\- a live audio room in a terminal",
        ".SH SYNOPSIS",
        ".B roomcli",
        "[COMMAND [OPTION...]]",
        ".SH DESCRIPTION",
        escaped(tree.description or ""),
        "Without a command roomcli shows what goes on at your server.",
        ".SH COMMANDS",
    ]
    for word, parser in words_of(tree):
        lines.append(f".SS roomcli {escaped(word)} {escaped(usage(parser))}".rstrip())
        lines += command_lines(word, parser)
    lines.append(".SH ENVIRONMENT")
    for key in settings.KEYS:
        lines += entry(settings.variable(key), f"the setting {key}")
    lines.append(".SH FILES")
    for path, what in FILES.items():
        lines += entry(path, what)
    lines.append(".SH EXIT STATUS")
    for code, what in EXIT_CODES.items():
        lines += entry(str(code), what)
    return "\n".join(lines) + "\n"


def command_lines(word: str, parser: argparse.ArgumentParser) -> Iterator[str]:
    """Yield what a command does, its arguments, its words, and its examples."""
    yield escaped(parser.description or "")
    yield from argument_lines(parser)
    for inner, each in words_of(parser):
        for path, leaf in leaves(f"{word} {inner}", each):
            yield from entry(f"roomcli {path}", leaf.description or "", usage(leaf))
            yield ".RS"
            yield from argument_lines(leaf)
            yield ".RE"
    if parser.epilog:
        yield from (".PP", ".nf", escaped(parser.epilog), ".fi")


def argument_lines(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Yield the arguments and options of a command that say something of themselves."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction | argparse._HelpAction) or not action.help:
            continue
        value = "" if action.option_strings and action.nargs == 0 else shown_value(action)
        names = ", ".join(action.option_strings) or value
        help = action.help % {**vars(action), "prog": parser.prog}
        yield from entry(names, help, value if action.option_strings else "")


def leaves(
    path: str, parser: argparse.ArgumentParser
) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Yield the words below a word that can be run, with their whole path."""
    inner = list(words_of(parser))
    if not inner:
        yield path, parser
    for word, each in inner:
        yield from leaves(f"{path} {word}", each)


def words_of(parser: argparse.ArgumentParser) -> Iterator[tuple[str, Parser]]:
    """Yield the words that can follow a command, with their parsers."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.items()


def usage(parser: argparse.ArgumentParser) -> str:
    """Return what can follow a command, in one line."""
    options = any(each.option_strings and each.dest != "help" for each in parser._actions)
    words = ["[OPTION...]"] if options else []
    for action in parser._actions:
        if not action.option_strings:
            value = shown_value(action)
            repeated = f"{value}..." if action.nargs in ("*", "+", argparse.REMAINDER) else value
            words.append(f"[{repeated}]" if action.nargs in ("?", "*") else repeated)
    return " ".join(words)


def shown_value(action: argparse.Action) -> str:
    """Return how the value of an argument or option is named."""
    if action.metavar is not None:
        return str(action.metavar)
    return "|".join(action.choices) if action.choices else action.dest.upper()


def entry(term: str, text: str, value: str = "") -> Iterator[str]:
    """Yield a term in bold, a value after it, and below it a text."""
    yield ".TP"
    yield f"\\fB{escaped(term)}\\fR {escaped(value)}".rstrip()
    yield escaped(text)


def escaped(text: str) -> str:
    """Return a text in which nothing is a request of man(7)."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^([.'])", r"\\&\1", text, flags=re.MULTILINE)


def main() -> None:
    """Write the page."""
    PAGE.write_text(manual(), encoding="utf-8")


if __name__ == "__main__":
    main()
