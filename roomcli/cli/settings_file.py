"""Writing the settings file: only the lines that change, for its owner's eyes alone."""

from __future__ import annotations

import os
import re
import tempfile
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from .. import folders
from ..errors import ConfigError
from . import settings


def save(values: Mapping[str, str], file: Path | None = None) -> Path:
    """Put ``values`` into the settings file; other keys, comments and order stay."""
    file = folders.config_file() if file is None else file
    merged = {**settings.read(file), **values}  # raises for a file that cannot be understood
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        text = ""
    changed = _edited(text, values)
    try:
        same = tomllib.loads(changed) == merged
    except tomllib.TOMLDecodeError:
        same = False
    if not same:  # a text over several lines, a quoted key: write it all anew
        changed = _edited("", merged)
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
    for key, value in values.items():
        line = f"{key} = {quoted(value)}"
        at = [n for n, each in enumerate(lines) if re.match(rf"\s*{re.escape(key)}\s*=", each)]
        if at:
            lines[at[0]] = line
        else:
            lines.append(line)
    return "\n".join(lines) + "\n"


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
