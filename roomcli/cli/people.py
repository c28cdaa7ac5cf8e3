"""The name and headline to enter with: from the settings, else asked for once or the account's."""

from __future__ import annotations

import os
import pwd
import sys
from dataclasses import replace

from .. import folders
from ..errors import ConfigError
from ..protocol.text import cleaned_name
from . import settings, settings_file


def name_of_account() -> str:
    """Return the full name of the account, or its login if that is empty."""
    try:
        entry = pwd.getpwuid(os.getuid())
        candidates = (entry.pw_gecos.split(",")[0], entry.pw_name)
    except KeyError:  # a container with an account that is not in the table
        candidates = ("", os.environ.get("USER", ""))
    names = (cleaned_name(each) for each in candidates)
    return next((name for name in names if any(map(str.isalnum, name))), "somebody")


def introduced(current: settings.Settings, *, ask: bool) -> settings.Settings:
    """Return ``current`` with a name in it. At the first run ask the person and save the answer.

    Without ``ask`` the account's name is used and nothing is saved.
    """
    if current.name:
        return current
    name = name_of_account()
    if not ask:
        return replace(current, name=name)
    from ..frontends.tui.screens.first_run import run_first_run

    log = folders.log_folder() / "roomcli.log"
    profile = run_first_run(name=name, headline=current.headline or "", log=log)
    said = {"name": profile.name, "headline": profile.headline}
    for key in ("mic", "speaker"):
        if getattr(profile, key, None):
            said[key] = getattr(profile, key)
    try:
        settings_file.save(said)
    except ConfigError as error:
        # Not a reason to stay outside: the person is asked again next time.
        print(f"roomcli: {error}; you will be asked again next time", file=sys.stderr)
    return replace(
        current,
        name=said["name"],
        headline=said["headline"],
        mic=current.mic or said.get("mic"),
        speaker=current.speaker or said.get("speaker"),
    )
