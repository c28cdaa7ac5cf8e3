"""Turns the words of `roomcli ctl` into a command, as a line on the engine's channel has it.

Pure. Commands that window managers bind to a key are spelled out here and need no other module; all
other words are a line of the grammar that is typed in a room, without its slash.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ...errors import UsageError

Command = dict[str, Any]
"""A command as a mapping: ``command`` and the fields that were given."""

_KEYS = {"lower": "lower_hand", "raise": "raise_hand"}
_ALONE = ("mute", "unmute", "leave", "raise_hand", "lower_hand")
_PAIR = re.compile(r"(\w+)=(.*\s.*)", re.DOTALL)


def key_command(words: Sequence[str]) -> Command | None:
    """Return the command for words that are bound to a key and must not wait; else None.

    Raises UsageError if the words begin like such a command but are not one.
    """
    match words:
        case ["mute", "toggle"]:
            return {"command": "toggle_microphone"}
        case ["ptt", ("down" | "up") as key]:
            return {"command": "push_to_talk", "down": key == "down"}
        case ["ptt", *_]:
            raise UsageError("ptt down opens the microphone, ptt up closes it")
        case [name] if _KEYS.get(name, name) in _ALONE:
            return {"command": _KEYS.get(name, name)}
        case ["set_password", *given] if given not in ([], ["password="]):
            # Everybody on this machine can read the words of every command that runs.
            raise UsageError("set a password within the room, with /set_password, not in a command")
    return None


def line_of(words: Sequence[str]) -> str:
    """Return ``words`` as a line typed in a room.

    The shell has removed the quotes of ``topic="A b"``; they are put back.
    """
    name, *rest = words
    if name == "set_password":
        return "/set_password"
    if name != "chat":
        rest = [_PAIR.sub(_quoted, word) for word in rest]
    return " ".join(["/" + name.removeprefix("/"), *rest])


def _quoted(found: re.Match[str]) -> str:
    value = found[2].replace('"', "'")
    return f'{found[1]}="{value}"'
