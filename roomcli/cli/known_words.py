"""The rooms and people whose names can be typed now, for the completions of a shell.

They are asked for while somebody types: what does not answer at once is left out, and no fault is
told.
"""

from __future__ import annotations

from contextlib import suppress

from ..errors import RoomcliError
from ..protocol.address import parse_server
from ..protocol.text import MAX_NAME, cleaned, is_room_name

SECONDS = 0.3
"""How long an engine may take to answer."""


def room_words() -> list[str]:
    """Return what can follow ``join``: aliases, rooms open here, and of lately on your server."""
    from . import aliases, recent_rooms, settings

    found: list[str] = []
    with suppress(RoomcliError, OSError):
        found += aliases.all_aliases()
    with suppress(RoomcliError, OSError):
        found += [room for room, _ in _open_here()]
    with suppress(RoomcliError, OSError):
        server = settings.load().server
        own = parse_server(server).server if server else ""
        found += [each.room for each in recent_rooms.latest() if each.server == own]
    return list(dict.fromkeys(filter(is_room_name, found)))


def people_words() -> list[str]:
    """Return the names of the people in the rooms that are open here."""
    found: list[str] = []
    with suppress(RoomcliError, OSError):
        for _, names in _open_here():
            found += [cleaned(each, MAX_NAME) for each in names]
    return list(dict.fromkeys(filter(None, found)))


def _open_here() -> list[tuple[str, list[str]]]:
    from ..frontends.ctl import look_into_rooms

    return look_into_rooms(SECONDS)
