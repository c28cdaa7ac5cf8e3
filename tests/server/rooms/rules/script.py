"""The lines of a play: read as commands, and written for what is told."""

from __future__ import annotations

from typing import get_args

from msgspec import NODEFAULT, convert, structs, to_builtins
from msgspec.structs import asdict

from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.chat import ChatMessage
from roomcli.protocol.moderation_log import LogEntry
from roomcli.protocol.people import Person, Speaker
from roomcli.protocol.settings import RoomSettings
from server.rooms.rules import Delivery

CURTAIN = 1_700_000_000.0
COMMANDS = {str(each.__struct_config__.tag): each for each in get_args(c.RoomCommand)}
WORDS = ("topic", "text", "note", "reason")
"""Fields for the words at the end of a command; the first that the command has is used."""


def key_of(name: str) -> str:
    """Return the fingerprint of somebody's key."""
    return name.encode().hex().rjust(32, "0")


def command(name: str, *words: str) -> c.RoomCommand:
    """Make a command from its name and the words after it in a line of a play."""
    kind = COMMANDS[name]
    fields: dict[str, object] = {"command": name}
    last = next((field for field in WORDS if field in kind.__struct_fields__), None)
    left = list(words)
    for field in structs.fields(kind):
        if field.default is NODEFAULT and field.name != last and "=" not in "".join(left[:1]):
            fields[field.name] = left.pop(0)
    while left and "=" in left[0]:
        field_name, _, value = left.pop(0).partition("=")
        fields[field_name] = link_id(value) if name == "revoke_room_invite" else value
    if left:
        assert last is not None, f"too many words: {left}"
        fields[last] = " ".join(left)
    if name == "answer_knock":
        fields["id"] = str(fields["id"]).upper()
    if name == "change_settings":
        fields |= {each: _listed(fields[each]) for each in ("claimed", "allowed") if each in fields}
    if name == "unban":
        fields["key"] = key_of(str(fields["key"]))
    wanted: c.RoomCommand = convert(fields, type=c.RoomCommand, strict=False)
    return wanted


def _listed(text: object) -> list[str]:
    return [each for each in str(text).split("|") if each]


def link_id(letter: str | None) -> str | None:
    """Return the id of an invite from the letter that stands for it."""
    return letter and letter * 16


def written(delivery: Delivery, people: dict[str, Person]) -> str:
    """Return a delivery as a line of the play; ``people`` are those whom it may name."""
    to = "everyone" if delivery.to == "everyone" else "+".join(sorted(delivery.to))
    name = to_builtins(delivery.event)["event"]
    if isinstance(delivery.event, e.ModerationLogged):
        return f"<< {to}: {_logged(delivery.event.entry)}"
    fields = {
        field: each
        for field, each in asdict(delivery.event).items()
        if field not in ("log", "people")
    }
    if "person" in fields and "id" in fields:
        fields["id"] = _seat(fields["id"], people[fields.pop("person")])
    words = [_word(field, value, people) for field, value in fields.items()]
    return " ".join(["<<", f"{to}:", name, *filter(None, words)])


def _logged(entry: LogEntry) -> str:
    target = entry.target.name.lower() if entry.target else ""
    by = f"by {entry.actor.id.lower()}" if entry.actor else ""
    detail = f"({entry.detail})" if entry.detail else ""
    line = " ".join(filter(None, ["logged", entry.action, target, by, detail]))
    return f"{line}: {entry.reason}" if entry.reason else line


def _word(field: str, value: object, people: dict[str, Person]) -> str:
    match field, value:
        case _, None:
            return ""
        case _, Person():
            return _seat(value.id.lower(), value)
        case _, Speaker():
            return _speaker(value, people)
        case _, ChatMessage():
            author = people[value.person]
            assert value.tail == author.tail or value.name != author.name
            return f"{value.number} {_seat(value.person.lower(), author)}: {value.text}"
        case _, RoomSettings():
            return _changed(value)
        case "knockers", dict():
            return "+".join(_seat(id.lower(), each.person) for id, each in value.items())
        case "person", str():
            return value.lower()
        case "at" | "closes_at" | "kept_until" | "ends_at", float():
            return f"{field}={value - CURTAIN:g}"
        case "by", str():
            return f"by {value.lower()}"
        case "audience", _:
            return f"audience={value}"
        case "reactions", dict():
            return " ".join(f"{reaction}x{count}" for reaction, count in value.items())
        case "spoken", dict():
            return " ".join(f"{id}={seconds:g}s" for id, seconds in value.items())
        case "spoken", float():
            return f"spoken={value:g}" if value else ""
        case _, bool():
            return field if value else ""
    return str(value)


def _seat(id: str, person: Person) -> str:
    return f"{id}·{person.tail}" if person.tail else id


def _speaker(speaker: Speaker, people: dict[str, Person]) -> str:
    shown = _seat(speaker.id, people[speaker.person])
    who = f"{shown} as {speaker.role} {speaker.slot}/{speaker.generation}"
    marks = [mark for mark in ("muted", "silenced") if getattr(speaker, mark)]
    marks += [] if speaker.connected else ["dropped"]
    turn = _word("ends_at", speaker.turn_ends_at, people)
    spoken = _word("spoken", speaker.spoken, people)
    return " ".join(filter(None, [who, *marks, turn, spoken]))


def _changed(settings: RoomSettings) -> str:
    usual = asdict(RoomSettings())
    changed = {name: each for name, each in asdict(settings).items() if each != usual[name]}
    return " ".join(f"{name}={value}" for name, value in changed.items()) or "as usual"
