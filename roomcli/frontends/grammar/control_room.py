"""Lines of `roomcli ctl` about people and settings, read as they are in the room itself.

The user who types such a line has not followed the room: the engine tells the present state, and is
asked for its lists when somebody is named who is not in sight.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from ...errors import CommandRefused, UsageError
from ...protocol import commands as c
from ...protocol.local import ChannelEvent, ReadRoom
from ..model.room_model import RoomModel
from .aliases import ALIASES
from .control_words import line_of
from .search import NameSearch
from .slash import Answer, NotKnown, parse
from .usage import COMMANDS, no_such

Ask = Callable[[dict[str, Any]], list[dict[str, Any]]]
"""Sends a command to the engine, and returns the events that it sends before it is done."""


def command_of(words: Sequence[str], ask: Ask) -> dict[str, Any] | str:
    """Return the command that the words ask for, or the text to print if nothing is to be sent.

    Raises UsageError if the words make no command, CommandRefused if there is no room.
    """
    name = words[0].removeprefix("/")
    if name not in (*COMMANDS, *ALIASES):
        known = (*COMMANDS, *ALIASES, "state")
        raise UsageError(no_such(name, known, "roomcli ctl --help lists the commands"))
    model = RoomModel()

    def hear(command: c.Command) -> list[ChannelEvent]:
        told = ask(msgspec.to_builtins(command))
        events: list[ChannelEvent] = [msgspec.convert(each, type=ChannelEvent) for each in told]
        for event in events:
            model.receive(event, time.monotonic(), time.time())
        return events

    hear(ReadRoom())
    line = line_of(words)
    search = NameSearch(lambda exact: parse(line, model, exact=exact))
    while (question := search.question()) is not None:
        try:
            answers = hear(question)
        except CommandRefused:
            if isinstance(search.found, NotKnown):
                raise
            break
        for answer in answers:
            search.hear(answer)
    found = search.found
    if isinstance(found, Answer):
        return str(found)
    if isinstance(found, str):
        raise UsageError(found)
    asked: dict[str, Any] = msgspec.to_builtins(found)
    return asked
