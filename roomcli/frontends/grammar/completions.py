"""What a begun line may become: the commands, names and words that Tab offers. Pure."""

from __future__ import annotations

from ...protocol import commands as c
from ...protocol.local import ChooseMicrophone, ChooseSpeakers, DeviceKind
from ..model.room_model import RoomModel
from .aliases import ALIASES
from .arguments import BY_KEY, NAMED, OF_WHO_LEFT, choices, fields_of
from .known_people import knockers_of, people_of
from .usage import COMMANDS, USAGE, is_for

DEVICES: dict[type[c.Command], DeviceKind] = {
    ChooseMicrophone: "microphone",
    ChooseSpeakers: "speaker",
}
"""The commands that take the name of a device."""


def completions(prefix: str, state: RoomModel) -> list[str]:
    """Return the lines that a begun line may become, the likeliest first; for Tab.

    Completes a command that the user may use, then a name or word that it takes; in chat, a
    mention.
    """
    if not prefix.startswith("/"):
        before, at, begun = prefix.rpartition("@")
        if not at or (before and not before[-1].isspace()):
            return []
        return [f"{before}@{name} " for name in _names(begun, state)]
    name, space, text = prefix[1:].partition(" ")
    name = ALIASES.get(name, name) if space else name
    if not space:
        offered = (each for each in USAGE if is_for(each, state.role))
        return [_completed(each) for each in offered if each.startswith(name)]
    command = COMMANDS.get(name)
    if command is None:
        return []
    fields = {each.name: each for each in fields_of(command)}
    names_somebody = "person" in fields or ("id" in fields and fields["id"].required)
    if names_somebody or command in BY_KEY:
        if command is c.AnswerKnock:
            names = _begun(text, knockers_of(state).names)
        else:
            names = _names(text, state, departed=command in (*OF_WHO_LEFT, *BY_KEY))
        if names:
            return [f"/{name} {each} " for each in names]
    if (kind := DEVICES.get(command)) is not None:
        return [f"/{name} {each}" for each in _begun(text, [*state.devices.choices(kind)])]
    before, _, begun = text.rpartition(" ")
    words = [f"{each}=" for each in NAMED.get(command, ())]
    for field in fields.values():
        words += [] if field.name in NAMED.get(command, {}).values() else choices(field)
    head = f"/{name} {before} " if before else f"/{name} "
    return [f"{head}{word}" for word in words if begun and word.startswith(begun)]


def _names(begun: str, state: RoomModel, *, departed: bool = False) -> list[str]:
    return _begun(begun, people_of(state, departed=departed).names)


def _begun(begun: str, names: list[str]) -> list[str]:
    begun = begun.casefold()
    return [name for name in names if name.casefold().startswith(begun)]


def _completed(name: str) -> str:
    return f"/{name} " if USAGE[name].arguments else f"/{name}"
