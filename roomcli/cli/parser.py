"""The argument parser of every command: argparse, with one line when something is wrong."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import NoReturn

from ..errors import UsageError


class Parser(argparse.ArgumentParser):
    """An argument parser for ``roomcli COMMAND`` that raises UsageError instead of exiting.

    Abbreviated options are refused, so that a new option never changes what a script means.
    ``examples`` are command lines without the ``roomcli``, each with what it does.
    """

    def __init__(
        self,
        command: str,
        description: str,
        *,
        epilog: str | None = None,
        examples: Mapping[str, str] | None = None,
    ) -> None:
        self.examples = examples or {}
        paragraphs = [epilog] if epilog else []
        if examples:
            paragraphs.append(_example_lines(examples))
        super().__init__(
            prog=f"roomcli {command}",
            description=description,
            epilog="\n\n".join(paragraphs) or None,
            allow_abbrev=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} (see {self.prog} --help)")


_WIDEST = 68
"""Most characters of an example and what it does, side by side in a terminal of 80 columns."""


def _example_lines(examples: Mapping[str, str]) -> str:
    width = max(map(len, examples))
    between = "  " if width + max(map(len, examples.values())) < _WIDEST else "\n      "
    lines = (f"  roomcli {words:<{width}}{between}{does}" for words, does in examples.items())
    return "\n".join(("examples:", *lines))


class WordParser(Parser):
    """The parser of a word after a command's name, such as ``reports`` or ``list``."""

    def __init__(self, *, prog: str, description: str) -> None:
        super().__init__(prog.removeprefix("roomcli "), description)

    # argparse hands on what a word's parser does not know, to be refused with the wrong help.
    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        found, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return found, []
