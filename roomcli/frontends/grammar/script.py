"""Commands that a script writes: JSON objects whose texts are read like typed text.

Pure but for the clock. ``{"command": "ban", "id": "Ann", "seconds": "2h"}`` is the same as ``/ban
Ann 2h``, with the same errors; ids and numbers keep their meaning.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast, get_args

import msgspec

from ...errors import CommandRefused, ProtocolError
from ...protocol import commands as c
from ...protocol import events as e
from ...protocol.local import ChannelCommand
from ...protocol.text import cleaned
from ..model.room_model import RoomModel
from .arguments import FIRST_IN_LINE, NOT_TYPED, first_in_line, lacking, read_fields
from .known_people import Unclear, Unknown
from .search import NameSearch
from .usage import COMMANDS, no_such

if TYPE_CHECKING:
    from ...protocol.local import ChannelEvent

_ID = re.compile("[a-z2-7]{8}|[0-9a-f]{16}")
"""An id as servers give it. Whether anybody has it is for the server to say."""
_OWN = ("command", *NOT_TYPED)
_NAMES = {str(each.__struct_config__.tag) for each in get_args(ChannelCommand)}
_QUOTED = 40
"""Number of characters of an unknown command's name that the problem repeats."""


class Script:
    """A script's side of one room; follows the room through the events that the script is told."""

    def __init__(self) -> None:
        self._model = RoomModel()

    def hear(self, event: e.Event) -> None:
        """Apply an event that the script is told, or an answer to a question asked for it."""
        self._model.receive(cast("ChannelEvent", event), time.monotonic(), time.time())

    def reading(self, fields: Mapping[str, object]) -> ScriptLine:
        """Return a reading of one line that the script wrote."""
        return ScriptLine(fields, self._model)


class ScriptLine(NameSearch[ChannelCommand | Unclear]):
    """A line of a script, which may need to ask the room who is meant before :meth:`command`."""

    def __init__(self, fields: Mapping[str, object], state: RoomModel) -> None:
        super().__init__(lambda exact: _command_of(fields, state, exact=exact))

    def command(self) -> ChannelCommand:
        """Return the command that the line asks for.

        Raises ProtocolError if the line makes no command, CommandRefused if it is not clear who is
        meant.
        """
        found = self.found
        if not isinstance(found, Unclear):
            return found
        if isinstance(found, Unknown) and self.refused is not None:
            raise CommandRefused(self.refused.code, self.refused.text)
        if found.code == "bad_message":
            raise ProtocolError(found.code, str(found))
        raise CommandRefused(found.code, str(found))


def _command_of(
    fields: Mapping[str, object], state: RoomModel, *, exact: bool
) -> ChannelCommand | Unclear:
    try:
        name = fields.get("command")
        if isinstance(name, str) and name not in _NAMES:
            told = no_such(cleaned(name, _QUOTED), _NAMES, "docs/protocol.md has the commands")
            return Unclear(told)
        kind = COMMANDS.get(str(name))
        if kind is not None:
            fields = {**fields, **_read_fields(kind, fields, state, exact=exact)}
            if lack := lacking(kind, fields):
                return Unclear(lack)
        asked: ChannelCommand = msgspec.convert(fields, type=ChannelCommand)
    except Unclear as unclear:
        return unclear
    except (msgspec.ValidationError, RecursionError, OverflowError) as error:
        return Unclear(f"not a command: {error}")
    return asked


def _read_fields(
    kind: type[c.Command], fields: Mapping[str, object], state: RoomModel, *, exact: bool
) -> dict[str, object]:
    given = {name: value for name, value in fields.items() if name not in _OWN}
    if kind in FIRST_IN_LINE and given.get("id") is None:
        return {"id": first_in_line(kind, state)}
    try:
        return read_fields(kind, given, state, exact=exact)
    except Unknown:
        id = given.pop("id", None)
        if not (isinstance(id, str) and _ID.fullmatch(id)):
            raise
        return read_fields(kind, given, state, exact=exact)
