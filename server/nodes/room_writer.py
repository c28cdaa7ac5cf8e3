"""Writes one room onto its stream: what changes, and the room as a whole from time to time."""

from __future__ import annotations

import trio

from ..cluster.lease import Tenure
from ..cluster.room_stream import NotWritten, Position, RoomStream
from ..rooms.handover import HandedRoom, encode_handover
from ..rooms.hub import Hub
from ..store import Store
from .room_journal import RoomOutbox

SPARE_BYTES = 64 * 1024
"""Of changes that are written before the room is written anew, besides its own size."""


class RoomWriter:
    """Writes down one room."""

    def __init__(self, stream: RoomStream, store: Store, hub: Hub, name: str) -> None:
        self._handed = HandedRoom(store)
        self._stream = stream
        self._hub = hub
        self._name = name
        self._at = Position(0, 0)
        self._room_for = 0
        """Bytes of changes until the room is to be written anew."""
        self._writing = trio.Lock()

    async def write_down(self, outbox: RoomOutbox, tenure: Tenure) -> NotWritten | None:
        """Write what has changed; return why not, or None. Raises ConnectionLost, StoreError."""
        async with self._writing:  # at the end the rest is written by another task
            return await self._write_changes(outbox, tenure)

    async def _write_changes(self, outbox: RoomOutbox, tenure: Tenure) -> NotWritten | None:
        if outbox.ended_at is not None:
            return await self._write_end(outbox, tenure.fence, outbox.ended_at)
        if self._at.fence != tenure.fence or self._room_for <= 0:
            outbox.need_snapshot()
        if outbox.needs_snapshot:
            return await self._write_whole(outbox, tenure.fence)
        changes, upto = outbox.take_changes()
        if not changes:
            await self._stream.refresh()
            return None
        first = Position(tenure.fence, self._at.number + 1)
        written = await self._stream.write_events(first, changes)
        if isinstance(written, NotWritten):
            return written
        self._at = written.last
        self._room_for -= sum(map(len, changes))
        outbox.note_written(upto)
        return None

    async def _write_end(
        self, outbox: RoomOutbox, fence: int, opened_at: float
    ) -> NotWritten | None:
        _, upto = outbox.take_changes()
        written = await self._stream.forget(fence, opened_at)
        if isinstance(written, NotWritten):
            return written
        outbox.note_written(upto)
        return None

    async def _write_whole(self, outbox: RoomOutbox, fence: int) -> NotWritten | None:
        room = self._hub.room(self._name)
        if room is None:
            outbox.take_changes()
            return None
        handover = await self._handed.describe(room)
        upto = outbox.take_snapshot()  # no change is between these two lines
        raw = encode_handover(handover)
        written = await self._stream.write_snapshot(Position(fence, self._at.number), raw)
        if isinstance(written, NotWritten):
            return written
        self._at = written.last
        self._room_for = len(raw) + SPARE_BYTES
        outbox.note_written(upto)
        return None
