"""Write the settings file, changing only the given values; only its owner can read it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from .. import files, folders
from ..errors import ConfigError
from . import settings

Value = str | bool | float
"""What a setting can be in the file."""


def save(values: Mapping[str, Value | Mapping[str, str]], file: Path | None = None) -> Path:
    """Put ``values`` into the settings file and return its path.

    A mapping changes the table of its name, entry by entry. Other keys, comments and the order
    stay. Raises ConfigError for a file that cannot be understood or written.
    """
    import tomlkit  # slow to import, and needed for writing only

    file = folders.config_file() if file is None else file
    settings.read_settings(file)
    try:
        document = tomlkit.parse(settings.decoded(file.read_bytes()))
    except FileNotFoundError:
        document = tomlkit.document()
    for key, value in values.items():
        if isinstance(value, Mapping):
            document.setdefault(key, tomlkit.table()).update(value)
        else:
            document[key] = value
    target = Path(os.path.realpath(file))  # keep somebody's symbolic link where it is
    folders.made(target.parent)
    try:
        files.replace_private(target, tomlkit.dumps(document).encode())
    except OSError as error:
        raise ConfigError(f"cannot write {target}: {error.strerror}") from None
    return file
