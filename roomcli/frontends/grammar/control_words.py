"""Turns the words of `roomcli ctl` into a command, as a line on the engine's channel has it.

Pure. The words are a line of the grammar that is typed in a room, without its slash. Those that
window managers bind to a key are understood here, without the grammar: they must not wait for it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ...errors import UsageError
from .aliases import split_name

Command = dict[str, Any]
"""A command as a mapping: ``command`` and the fields that were given."""

_ALONE = (
    *("mute", "unmute", "toggle_microphone", "leave", "raise_hand", "lower_hand"),
    *("play_sound", "pause", "stop_playing"),
)
"""Commands of keys that have no arguments, or whose arguments may be left out."""
_STEP = re.compile(r"[-+]\d{1,5}")
_PAIR = re.compile(r"(\w+)=(.*\s.*)", re.DOTALL)


def key_command(words: Sequence[str]) -> Command | None:
    """Return the command for words that are bound to a key and must not wait; else None.

    Raises UsageError if the words tell a password.
    """
    match split_name(" ".join(words)):
        case "push_to_talk", ("down" | "up") as key:
            return {"command": "push_to_talk", "down": key == "down"}
        case "seek", step if _STEP.fullmatch(step):
            return {"command": "seek", "by": float(step)}
        case name, "" if name in _ALONE:
            return {"command": name}
        case "set_password", given if given not in ("", "password="):
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
