"""Open the settings file in the person's editor; a new file begins with a line for each setting."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from .. import files, folders
from ..errors import ConfigError
from . import settings

EDITORS = ("nano", "vi")
"""What is tried where no editor is set."""


def edit() -> Path:
    """Open the settings file in an editor, wait for its end, and return the path.

    Raises ConfigError if there is no editor, or if it fails.
    """
    path = folders.config_file()
    folders.made(path.parent)
    try:
        if not path.exists():
            files.replace_private(path, _first_text().encode())
        words = _editor(os.environ)
        code = subprocess.call([*words, str(path)])
    except OSError as error:
        at = error.filename or path
        raise ConfigError(f"cannot edit {path}: {at}: {error.strerror}; set EDITOR") from None
    if code != 0:
        raise ConfigError(f"{words[0]} ended with {code}, so {path} may be as it was")
    return path


def _editor(environment: Mapping[str, str]) -> list[str]:
    """Return the words that start the editor. Raises ConfigError if there is none."""
    for variable in ("VISUAL", "EDITOR"):
        if given := environment.get(variable):
            try:
                if words := shlex.split(given):
                    return words
            except ValueError as error:
                raise ConfigError(f"{variable} is no command line: {error}") from None
    for name in EDITORS:
        if shutil.which(name):
            return [name]
    raise ConfigError("no editor is set: set EDITOR, like EDITOR=nano")


def _first_text() -> str:
    lines = ["# Settings of roomcli. Take the # away from a line to set it."]
    lines += [f"# {settings.SAMPLES[key].partition(', like ')[2]}" for key in settings.KEYS]
    lines += ["", f"# [{settings.TABLE}]", '# raise_hand = "j"']
    return "\n".join(lines) + "\n"
