"""The room's password: from the environment, else from the person at the terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from getpass import getpass

import msgspec

from ..errors import ConfigError
from ..frontends.outcome import PASSWORD_TRIES, Outcome
from ..protocol.local import Enter
from ..protocol.text import is_text

VARIABLE = "ROOMCLI_ROOM_PASSWORD"


def given() -> str | None:
    """Return the password in the environment, or None if there is none.

    It is never an argument, which others on the machine can read. Raises ConfigError for a value
    that is no text.
    """
    word = os.environ.get(VARIABLE) or None
    if word is not None and not is_text(word):
        raise ConfigError(f"{VARIABLE} is not UTF-8")
    return word


def asked_for(command: Enter, stay: Callable[[Enter], Outcome]) -> Outcome:
    """Run ``stay``, again with a typed password while the room wants one; return its outcome."""
    outcome = stay(command)
    if sys.stdin is None or not sys.stdin.isatty():
        if outcome.wants_password:
            advice = f"set {VARIABLE} to it, or come by an invite"
            return replace(outcome, text=f"{outcome.text}; {advice}")
        return outcome
    for _ in range(PASSWORD_TRIES):
        if not outcome.wants_password:
            break
        print(outcome.text, file=sys.stderr, flush=True)
        typed = _typed()
        if not typed:
            return replace(outcome, text="")
        outcome = stay(msgspec.structs.replace(command, password=typed))
    return outcome


def _typed() -> str:
    try:
        return getpass("Password: ")
    except (EOFError, UnicodeDecodeError):  # typed in another encoding than the terminal's
        return ""
