"""Notes about servers that run on this machine, with which ``join ROOM`` finds a room here.

``host`` leaves a note in the runtime folder and takes it away at its end. A note that is left over
from a process that died is removed when it is found.
"""

from __future__ import annotations

import json
import os
import socket
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from ..errors import RoomcliError
from ..files import replace_private
from ..folders import runtime_folder
from ..protocol.address import Address, parse_address


@dataclass(frozen=True)
class Note:
    """A server that ``host`` started on this machine.

    ``url`` carries its pin, ``room`` is the room it was started for, ``host_token``
    lets its holder into all of its rooms.
    """

    pid: int
    url: str
    room: str
    host_token: str

    def address(self, room: str) -> Address:
        """Return the address of ``room`` on this server, with the token needed to enter."""
        return replace(parse_address(self.url).in_room(room), host_token=self.host_token)


def write_note(note: Note) -> Path:
    """Write ``note`` to a file that only this account can read, and return its path."""
    port = parse_address(note.url).port
    path = runtime_folder() / f"server-{port}.json"
    replace_private(path, json.dumps(asdict(note)).encode())
    return path


def living(patience: float = 0.5) -> list[Note]:
    """Return the notes of servers that still run, and remove the other notes."""
    found = []
    for path in sorted(runtime_folder().glob("server-*.json")):
        note = _read_note(path)
        if note is not None and _runs(note.pid) and answers(parse_address(note.url), patience):
            found.append(note)
        else:
            with suppress(OSError):
                path.unlink()
    return found


def answers(server: Address, patience: float) -> bool:
    """Whether anything listens at the server's address."""
    try:
        socket.create_connection((server.host, server.port), patience).close()
    except (OSError, UnicodeError):
        return False
    return True


def _read_note(path: Path) -> Note | None:
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        note = Note(int(fields["pid"]), fields["url"], fields["room"], fields["host_token"])
        parse_address(note.url)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RoomcliError):
        return None
    return note


def _runs(pid: int) -> bool:
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except (ProcessLookupError, OverflowError):
        return False
    return True
