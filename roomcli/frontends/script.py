"""What a script writes: JSON objects, whose texts are read as a keyboard's are.

Pure but for the clock. ``{"command": "ban", "id": "Ann", "seconds": "2h"}`` is the same as
``/ban Ann 2h``, with the same errors; ids and numbers are what they always were.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

import msgspec

from ..errors import ProtocolError, Refused
from ..protocol.commands import Command
from ..protocol.events import Event
from ..protocol.local import ChannelCommand
from .arguments import FIRST_HAND, first_hand, read_fields
from .known_people import Unclear, Unknown
from .room_model import RoomModel
from .room_state import RoomState
from .search import Search
from .usage import COMMANDS

if TYPE_CHECKING:
    from ..protocol.local import ChannelEvent

_ID = re.compile("[a-z2-7]{8}")
"""An id as servers give it: of whoever has it, known here or not, the server tells."""
_OWN = ("command", "ref", "lease")


class Script:
    """A script's side of one room; it follows the room by what the script is told."""

    def __init__(self) -> None:
        self._model = RoomModel()

    def hear(self, event: Event) -> None:
        """The script is told this, or a question of ours is answered."""
        self._model.receive(cast("ChannelEvent", event), time.monotonic(), time.time())

    def reading(self, fields: Mapping[str, object]) -> ScriptLine:
        """A line of the script's."""
        return ScriptLine(fields, self._model)


class ScriptLine(Search[ChannelCommand | Unclear]):
    """A line that may need to ask the room who is meant; then :meth:`command`."""

    def __init__(self, fields: Mapping[str, object], state: RoomState) -> None:
        super().__init__(lambda exact: _command_of(fields, state, exact=exact))

    def command(self) -> ChannelCommand:
        """What the line asks for. Raises ProtocolError for what makes no command, and Refused
        where it is not clear who is meant."""
        found = self.found
        if not isinstance(found, Unclear):
            return found
        if isinstance(found, Unknown) and self.refused is not None:
            raise Refused(self.refused.code, self.refused.text)
        if found.code == "bad_message":
            raise ProtocolError(found.code, str(found))
        raise Refused(found.code, str(found))


def _command_of(
    fields: Mapping[str, object], state: RoomState, *, exact: bool
) -> ChannelCommand | Unclear:
    try:
        kind = COMMANDS.get(str(fields.get("command")))
        if kind is not None:
            fields = {**fields, **_read(kind, fields, state, exact=exact)}
        asked: ChannelCommand = msgspec.convert(fields, type=ChannelCommand)
    except Unclear as unclear:
        return unclear
    except (msgspec.ValidationError, RecursionError, OverflowError) as error:
        return Unclear(f"not a command: {error}")
    return asked


def _read(
    kind: type[Command], fields: Mapping[str, object], state: RoomState, *, exact: bool
) -> dict[str, object]:
    given = {name: value for name, value in fields.items() if name not in _OWN}
    if kind in FIRST_HAND and given.get("id") is None:
        return {"id": first_hand(state)}
    try:
        return read_fields(kind, given, state, exact=exact)
    except Unknown:
        id = given.pop("id", None)
        if not (isinstance(id, str) and _ID.fullmatch(id)):
            raise
        return read_fields(kind, given, state, exact=exact)
