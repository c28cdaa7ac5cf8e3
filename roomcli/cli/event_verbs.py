"""What the verbs of ``roomcli event`` have in common: their options, commands and answers."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from ..errors import UsageError
from ..frontends.words.calendar_words import calendar_lines
from ..protocol import commands as c
from ..protocol import events as e
from ..protocol.text import is_text
from .parser import Parser


def add_event_verb(
    verbs: Any,
    name: str,
    what: str,
    act: Callable[[argparse.Namespace], None],
    *,
    lines: bool = True,
) -> Parser:
    """Add a verb; with ``lines`` it can answer in JSON too."""
    verb: Parser = verbs.add_parser(name, help=what, description=f"{what.capitalize()}.")
    verb.add_argument(
        "--server", metavar="URL", help="on this server, not the configured or the local one"
    )
    if lines:
        verb.add_argument("--jsonl", action="store_true", help="one JSON object a line")
    verb.set_defaults(act=act)
    return verb


def filled_command(kind: type[c.CalendarCommand], given: dict[str, Any]) -> c.CalendarCommand:
    """Return a command with those of its fields that were given. Raises UsageError."""
    fields = {name: given.get(name) for name in kind.__struct_fields__ if name != "ref"}
    fields = {name: value for name, value in fields.items() if value is not None}
    for value in fields.values():
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str) and not is_text(text):
                raise UsageError(f"{text!r} is not UTF-8")
    try:
        return msgspec.convert(msgspec.to_builtins(fields), type=kind)
    except msgspec.ValidationError as error:
        raise UsageError(f"that does not fit: {error}") from None


def print_answers(options: argparse.Namespace, answers: Iterable[e.DeskEvent]) -> None:
    """Print what a server answered, in lines or as JSON."""
    for answer in answers:
        if options.jsonl:
            print_json([answer])
            continue
        for line in calendar_lines(answer):
            print(line)


def print_json(things: Iterable[object]) -> None:
    """Print things as JSON, one a line."""
    for each in things:
        print(msgspec.json.encode(each).decode())
