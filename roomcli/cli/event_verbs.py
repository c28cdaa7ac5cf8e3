"""What the verbs of ``roomcli event`` have in common: their options, commands and answers."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from ..frontends.words.calendar_words import calendar_lines
from ..protocol import events as e
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
