"""Commands filled with what was typed after the name of a program."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import msgspec

from ..errors import UsageError
from ..frontends.words.misfit_words import misfit_words
from ..protocol import commands as c
from ..protocol.text import is_text

C = TypeVar("C", bound=c.DeskCommand)


def filled_command(kind: type[C], given: Mapping[str, object]) -> C:
    """Return a command with those of its fields that were given. Raises UsageError."""
    names = [each for each in kind.__struct_fields__ if each != "ref"]
    fields = {name: given[name] for name in names if given.get(name) is not None}
    for value in fields.values():
        check_texts(*(value if isinstance(value, list | tuple) else [value]))
    try:
        return msgspec.convert(msgspec.to_builtins(fields), type=kind)
    except msgspec.ValidationError as error:
        raise UsageError(misfit_words(error)) from None


def check_texts(*values: object) -> None:
    """Raise UsageError for what was typed in bytes that are no text."""
    for each in values:
        if isinstance(each, str) and not is_text(each):
            raise UsageError(f"{each!r} is not UTF-8")
