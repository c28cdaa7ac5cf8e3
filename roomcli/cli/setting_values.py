"""One setting as a person types it: read from what is in force, checked, put into the file."""

from __future__ import annotations

import os

from .. import folders
from ..errors import RoomcliError, UsageError
from . import settings, settings_file
from .settings_file import Value


def shown_value(value: Value) -> str:
    """Return a value as it is typed: ``on`` and not True, ``30`` and not 30.0."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:g}" if isinstance(value, float) else str(value)


def read_value(key: str) -> str | None:
    """Return the value in force, or None if nothing is set. Raises UsageError for another key."""
    current = settings.load()
    table, _, action = key.partition(".")
    if table == settings.TABLE and action:
        _check_action(action)
        return current.keys.get(action)
    _check_key(key)
    value: Value | None = getattr(current, key)
    return None if value is None else shown_value(value)


def set_value(key: str, text: str) -> str:
    """Put a setting into the file, if it can be one; return what to tell of it, mostly nothing.

    Raises UsageError for a value that cannot be used, ConfigError for the file.
    """
    table, _, action = key.partition(".")
    if table == settings.TABLE and action:
        _set_binding(action, text)
        return ""
    _check_key(key)
    try:
        value = settings.checked_value(key, text)
    except RoomcliError as error:
        raise UsageError(f"{key}: {error}") from None
    if key == "theme" and (fault := theme_fault(value)):
        raise UsageError(fault)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    settings_file.save({key: value})
    if os.environ.get(settings.variable(key)):
        return f"{settings.variable(key)} is set, and goes before the file"
    return ""


def theme_fault(name: str | None) -> str:
    """Say why the screen cannot use a theme; empty if it can."""
    from textual.app import App

    from ..frontends.tui.theme import dress

    return dress(App[None](), name) or ""


def _set_binding(action: str, keys: str) -> None:
    from ..frontends.tui.keys import Keymap

    _check_action(action)
    # Other changes that are wrong stay as they are: one of them must not hold up this one.
    in_file = settings.read_settings(folders.config_file()).get(settings.TABLE, {})
    others = {id: each for id, each in in_file.items() if id != action}
    before = Keymap(others).faults
    for fault in Keymap({**others, action: keys}).faults:
        if fault not in before:
            raise UsageError(fault)
    settings_file.save({settings.TABLE: {action: keys}})


def _check_key(key: str) -> None:
    if key == settings.TABLE:
        raise UsageError("which key? `roomcli config keys` lists them, like keys.raise_hand")
    if key not in settings.KEYS:
        raise UsageError(settings.unknown_key(key))


def _check_action(action: str) -> None:
    from difflib import get_close_matches

    from ..frontends.tui.keys import ACTIONS

    if action not in ACTIONS:
        near = get_close_matches(action, ACTIONS, n=1)
        hint = f"did you mean {near[0]}?" if near else "`roomcli config keys` lists them"
        raise UsageError(f"there is no {action!r} to give a key to: {hint}")
