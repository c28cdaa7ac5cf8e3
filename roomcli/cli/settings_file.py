"""Writing the settings file: only the lines that change, for its owner's eyes alone."""

from __future__ import annotations

import os
import re
import tempfile
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from .. import folders
from ..errors import ConfigError
from . import settings


def save(values: Mapping[str, str], file: Path | None = None) -> Path:
    """Put ``values`` into the settings file; other keys, comments and order stay."""
    file = folders.config_file() if file is None else file
    merged = {**settings.read(file), **values}  # raises for a file that cannot be understood
    try:
        text = settings.decoded(file.read_bytes())
    except FileNotFoundError:
        text = ""
    changed = _edited(text, values)
    try:
        same = tomllib.loads(changed) == merged
    except tomllib.TOMLDecodeError:
        same = False
    if not same:  # a text over several lines, a quoted key: write it all anew
        changed = _written(merged)
    target = Path(os.path.realpath(file))  # keep somebody's symbolic link where it is
    folders.made(target.parent)
    _replace(target, changed)
    return file


def quoted(text: str) -> str:
    """``text`` as a basic string of TOML."""
    escapes = {'"': '\\"', "\\": "\\\\"}
    out = ""
    for character in text:
        if character in escapes:
            out += escapes[character]
        elif character < " " or character == "\x7f":
            out += f"\\u{ord(character):04X}"
        else:
            out += character
    return f'"{out}"'


def _edited(text: str, values: Mapping[str, str]) -> str:
    lines = text.splitlines()
    tables = (n for n, each in enumerate(lines) if each.lstrip().startswith("["))
    end = next(tables, len(lines))  # what comes after the head of a table belongs to it
    while end and not lines[end - 1].strip():
        end -= 1
    for key, value in values.items():
        line = f"{key} = {quoted(value)}"
        at = [(n, found) for n in range(end) if (found := _line_of(key).fullmatch(lines[n]))]
        if at:
            place, found = at[0]
            lines[place] = line + (found["comment"] or "")
        else:
            lines.insert(end, line)
            end += 1
    return "\n".join(lines) + "\n"


def _line_of(key: str) -> re.Pattern[str]:
    """A line that gives this key a value of one line; ``comment`` is what follows it."""
    value = r"""(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^\s"'#]+)"""
    return re.compile(rf"""\s*(["']?){re.escape(key)}\1\s*=\s*{value}(?P<comment>\s*#.*)?\s*""")


def _written(settled: Mapping[str, Any]) -> str:
    """A file with these settings and nothing else."""
    single = {key: value for key, value in settled.items() if key != settings.TABLE}
    lines = [f"{key} = {_value(value)}" for key, value in single.items()]
    if settings.TABLE in settled:
        lines += ["", f"[{settings.TABLE}]"]
        lines += [f"{quoted(id)} = {quoted(keys)}" for id, keys in settled[settings.TABLE].items()]
    return "\n".join(lines) + "\n"


def _value(value: str | float) -> str:
    return quoted(value) if isinstance(value, str) else str(value)


def _replace(target: Path, text: str) -> None:
    """Whole or not at all: a full disk must not cost anyone their settings."""
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=".config-")  # 0600
    except OSError as error:
        raise ConfigError(f"cannot write {target}: {error.strerror}") from None
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(text)
        os.replace(name, target)
    except OSError as error:
        with suppress(OSError):
            os.unlink(name)
        raise ConfigError(f"cannot write {target}: {error.strerror}") from None
