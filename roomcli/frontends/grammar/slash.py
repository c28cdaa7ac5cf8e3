"""Reads what a user types: a slash and a command, or a line for the chat.

Pure. The screen's input line and the plain room share this grammar; ``usage`` has the table of
commands, ``arguments`` reads their fields.
"""

from __future__ import annotations

import re
import unicodedata
from difflib import get_close_matches

import msgspec

from ...protocol import commands as c
from ...protocol.chat import MAX_CHAT
from ...protocol.local import TypedCommand
from ...protocol.people import REACTIONS
from ...protocol.sound import ChangeSound
from ..model.room_model import RoomModel
from ..words.settings_words import settings_lines
from ..words.sound_words import now_at_work, sound_lines
from .aliases import ALIASES, split_name
from .arguments import FIRST_IN_LINE, fields_of, first_in_line, lacking, read_arguments
from .known_people import List, Unclear, Unknown
from .usage import COMMANDS, USAGE, no_such, typed

_REPLY = re.compile(r"reply_to=([1-9][0-9]{0,14})(?:\s+|$)")


class Answer(str):
    """An answer, known without asking the server, to a line that is correct."""


class NotKnown(str):
    """A text for a name that fits nobody known here; the lists in ``lists`` may tell more."""

    lists: tuple[List, ...] = ()


def parse(line: str, state: RoomModel, *, exact: bool = False) -> c.Command | str:
    """Return the command that a line asks for, or a text that says what is wrong or missing.

    With ``exact`` the beginning of a name is not enough: it may mean somebody else while not all
    people are known.
    """
    line = unicodedata.normalize("NFC", line).strip()
    if not line.startswith("/"):
        return _chat(line)
    name, text = split_name(line[1:])
    command = COMMANDS.get(name)
    if command is None:
        return no_such(name, COMMANDS, "/help lists the commands", "/")
    text = text.strip()
    if command is c.Chat:
        return _reply(text)
    if command is c.ChangeSettings and not text and state.view is not None:
        return Answer("The room: " + "; ".join(settings_lines(state.view.settings)))
    if command is ChangeSound and not text and state.sound is not None:
        told = "; ".join(sound_lines(state.sound.sound))
        return Answer(f"Your sound: {told}. Now: {now_at_work(state.sound, state.microphone_lack)}")
    try:
        fields = {**_defaults(name, state), **read_arguments(command, text, state, exact=exact)}
        if command in FIRST_IN_LINE and "id" not in fields:
            fields["id"] = first_in_line(command, state)
    except Unknown as unknown:
        said = NotKnown(unknown)
        said.lists = unknown.lists
        return said
    except Unclear as unclear:
        return str(unclear)
    if lack := lacking(command, fields):
        return lack
    try:
        asked: c.Command = msgspec.convert({"command": name, **fields}, type=TypedCommand)
    except msgspec.ValidationError:
        return f"That does not fit. {typed(name)}: {USAGE[name].help}"
    return asked


def secret_at(line: str) -> int | None:
    """Return where a password begins in a line, so that it can be hidden; None if there is none.

    A misspelt command counts as the command.
    """
    begun = len(line) - len(line.lstrip())
    name, space, _ = line[begun:].partition(" ")
    if not space or not name.startswith("/"):
        return None
    command = COMMANDS.get(ALIASES.get(name[1:], name[1:]))
    asks = command is not None and any(each.name == "password" for each in fields_of(command))
    meant = get_close_matches(name.casefold(), ("/set_password", "/password"), n=1)
    return begun + len(name) + 1 if asks or meant else None


def _reply(text: str) -> c.Command | str:
    """Return the command for a message that may begin with what it answers: ``reply_to=12``."""
    found = _REPLY.match(text)
    if found is None:
        return _chat(text)
    said = _chat(text[found.end() :])
    if isinstance(said, str):
        return said
    return msgspec.structs.replace(said, reply_to=int(found[1]))


def _chat(text: str) -> c.Chat | str:
    if not text:
        return f"Say what: {typed('chat')}"
    if len(text) > MAX_CHAT:
        return f"A message has {MAX_CHAT} characters at most; this one has {len(text)}"
    return c.Chat(text=text)


def _defaults(name: str, state: RoomModel) -> dict[str, object]:
    """Return the values of fields that a frontend fills in if the user does not give them."""
    match name:
        case "unmute":
            return {"lease": True}
        case "react":
            return {"reaction": REACTIONS[0]}
        case "read_chat":
            return {"before": min(state.chat, default=0)}
        case "set_password":
            return {"password": ""}
    return {}
