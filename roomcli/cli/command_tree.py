"""All commands as one parser, for what is made from them: completions and the manual."""

from __future__ import annotations

import argparse
from importlib import import_module
from typing import cast

from .main import COMMANDS
from .parser import Parser


def all_commands() -> argparse.ArgumentParser:
    """Return the parser of ``roomcli`` with those of all its commands below it."""
    tree = argparse.ArgumentParser(
        "roomcli",
        description="A live audio room in a terminal: a stage, an audience, raised hands.",
    )
    tree.add_argument("--version", action="store_true", help="say which version this is")
    # Their modules make the parsers: argparse calls this where it would make one itself.
    commands = tree.add_subparsers(metavar="COMMAND", parser_class=cast("type[Parser]", _parser_of))
    for name, (module, help) in COMMANDS.items():
        commands.add_parser(name, help=help, module=module)
    return tree


def _parser_of(*, prog: str, module: str, **_: object) -> Parser:
    made: Parser = import_module(f"{__package__}.{module}").make_parser()
    assert made.prog == prog
    return made
