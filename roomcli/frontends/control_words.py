"""The words of `roomcli ctl` as a command, in the shape of a line on the engine's channel.

Pure. What a window manager has on a key is spelled out here; every other command goes by its own
name, with ``field=value`` words that are read by the types of its fields.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..errors import UsageError

Command = dict[str, Any]
"""``command`` and the fields that were given."""
People = Sequence[dict[str, Any]]
"""Those on stage, as the engine's ``state`` tells them: ``id`` and ``name`` among others."""

_SHORT = {"lower": "lower_hand", "mute": "mute", "unmute": "unmute", "leave": "leave"}


def command_of(words: Sequence[str], people: People) -> Command:
    """What ``words``, at least one, ask for. Raises UsageError for what makes no command."""
    match words:
        case ["mute", "toggle"]:
            return {"command": "toggle_microphone"}
        case ["ptt", ("down" | "up") as key]:
            return {"command": "push_to_talk", "down": key == "down"}
        case ["ptt", *_]:
            raise UsageError("ptt down opens the microphone, ptt up closes it")
        case [name] if name in _SHORT:
            return {"command": _SHORT[name]}
        case ["raise", *line]:
            return {"command": "raise_hand", "line": " ".join(line)}
        case ["react", emoji] if "=" not in emoji:
            return {"command": "react", "reaction": emoji}
        case ["chat", *text] if text:
            return {"command": "chat", "text": " ".join(text)}
        case ["set_password", *given] if given not in ([], ["password="]):
            # Whoever is on this machine reads the words of every command that runs.
            raise UsageError("set a password within the room, with /set_password, not in a command")
    return _by_name(words[0], words[1:], people)


def _by_name(name: str, words: Sequence[str], people: People) -> Command:
    # Imported here: the commands above are on keys, and must not wait for it.
    import msgspec

    from .usage import COMMANDS

    kind = COMMANDS.get(_SHORT.get(name, name))
    if kind is None:
        raise UsageError(_unknown(name, [*COMMANDS, *_SHORT, "ptt", "raise", "state"]))
    types = {each.name: each.type for each in msgspec.structs.fields(kind) if each.name != "ref"}
    given: Command = {}
    for word in words:
        field, equals, value = word.partition("=")
        if not equals or field not in types:
            takes = ", ".join(f"{each}=…" for each in types) or "nothing"
            raise UsageError(f"{name} does not take {word!r}: it takes {takes}")
        if field == "id":
            value = _id_of(value, people)
        elif types[field] in (bool, bool | None):
            value = {"on": "true", "off": "false"}.get(value, value)
        given[field] = value
    try:
        asked = msgspec.convert(given, kind, strict=False)
    except msgspec.ValidationError as error:
        text, _, field = str(error).replace("`", "").partition(" - at $.")
        raise UsageError(f"{name}{field and f' {field}='}: {text[0].lower()}{text[1:]}") from None
    return {"command": kind.__struct_config__.tag} | {each: getattr(asked, each) for each in given}


def _id_of(value: str, people: People) -> str:
    """The id of the one on stage with this name; else the value itself, an id maybe."""
    if any(each["id"] == value for each in people):
        return value
    named = [each for each in people if each["name"].casefold() == value.casefold()]
    if len(named) > 1:
        ids = ", ".join(each["id"] for each in named)
        raise UsageError(f"{len(named)} people on stage are called {value}: say which by id: {ids}")
    return str(named[0]["id"]) if named else value


def _unknown(name: str, names: Sequence[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, names, n=1)
    hint = f"did you mean {near[0]}?" if near else "docs/protocol.md has the commands"
    return f"unknown command {name!r}: {hint}"
