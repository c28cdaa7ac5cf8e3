"""Who enters: the name of the account where none is set, and the answers of the first run."""

from __future__ import annotations

import os
import pwd
from typing import TYPE_CHECKING

from ..errors import ConfigError
from ..protocol.text import cleaned_name
from . import settings_file

if TYPE_CHECKING:
    from ..frontends.tui.screens.first_run import OwnAnswers


def name_of_account() -> str:
    """Return the full name of the account, or its login if that is empty."""
    try:
        entry = pwd.getpwuid(os.getuid())
        candidates = (entry.pw_gecos.split(",")[0], entry.pw_name)
    except KeyError:  # a container with an account that is not in the table
        candidates = ("", os.environ.get("USER", ""))
    names = (cleaned_name(each) for each in candidates)
    return next((name for name in names if any(map(str.isalnum, name))), "somebody")


def save_answers(profile: OwnAnswers) -> None:
    """Put what somebody answered into the settings file. Raises ConfigError."""
    said = {"name": profile.name, "headline": profile.headline}
    for key in ("mic", "speaker"):
        if device := getattr(profile, key):
            said[key] = device
    settings_file.save(said)


def keep(profile: OwnAnswers) -> str:
    """Save what somebody answered at the first run; return what to tell them, if anything."""
    try:
        save_answers(profile)
    except ConfigError as error:
        # Not a reason to stay outside: the person is asked again next time.
        return f"{error}; you will be asked again next time"
    return ""
