"""The last minute of what this server's own people said, by room: for reports, and in memory only.

It is kept whoever has the room, so that the owner of a room, also a new one, can ask for what did
not reach it.
"""

from __future__ import annotations

from typing import NoReturn

import trio

from ..rooms.last_minute import LAST_SECONDS, LastMinute
from ..rooms.room_voice import KeptFrame

TIDY_SECONDS = 5.0
"""Between two looks at what is older than a minute."""


class _KeptRoom:
    def __init__(self, owner: str) -> None:
        self.owner = owner
        self.frames = LastMinute()


class KeptVoice:
    """What is kept at the server ``node``. :meth:`run` has to run."""

    def __init__(self, node: str) -> None:
        self.node = node
        self._rooms: dict[str, _KeptRoom] = {}

    def add(self, room: str, owner: str, seat: str, entry: bytes) -> None:
        """Keep a frame of somebody who is here; ``owner`` is the server that has the room."""
        kept = self._rooms.get(room)
        if kept is None:
            kept = self._rooms[room] = _KeptRoom(owner)
        kept.owner = owner
        kept.frames.add(trio.current_time(), seat, entry)

    def note_owner(self, room: str, owner: str) -> None:
        """Note that a room has another owner, who may ask for what was said before."""
        if room in self._rooms:
            self._rooms[room].owner = owner

    def said_in(self, room: str, owner: str) -> list[KeptFrame]:
        """Return what was said in a room, for its owner; nothing for another server."""
        kept, now = self._rooms.get(room), trio.current_time()
        if kept is None or kept.owner != owner:
            return []
        heard = kept.frames.since(now - LAST_SECONDS)
        return [(now - at, seat, entry) for at, seat, entry in heard]

    async def run(self) -> NoReturn:
        """Forget what is older than a minute, until cancelled."""
        while True:
            await trio.sleep(TIDY_SECONDS)
            before = trio.current_time() - LAST_SECONDS
            for room, kept in tuple(self._rooms.items()):
                kept.frames.drop_before(before)
                if kept.frames.is_empty:
                    del self._rooms[room]
