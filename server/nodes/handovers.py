"""How a room gets from an owner that is gone to the next one: what was kept of it in Valkey.

The owner writes the room down again and again, under the token of its lease: an owner from before
cannot. The next one opens it from there, as a server does after a restart.
"""

from __future__ import annotations

import contextlib
import logging
from typing import NoReturn

import coredis
import msgspec
import trio
from coredis.exceptions import RedisError

from roomcli.errors import ConnectionLost, StoreError

from ..cluster.keys import RoomKeys
from ..cluster.lease import RoomLease
from ..cluster.room_stream import Position, RoomStream
from ..rooms.handover import HandedRoom, RoomHandover, adopt, decode_handover, encode_handover
from ..rooms.hub import Hub
from ..store import Store

log = logging.getLogger(__name__)

WRITE_SECONDS = 1.0
"""Between two looks at whether a room has changed."""
BYTES_PER_SECOND = 1024 * 1024
"""Of one room, at the most: a large one is written more rarely."""
KEPT_SECONDS = 300
"""How long a room is kept in Valkey that no server has."""
REFRESH_SECONDS = 60.0


class Handovers:
    """Writes down the rooms of this server, and takes up those of others that are gone."""

    def __init__(self, client: coredis.Redis[bytes], hub: Hub, store: Store) -> None:
        self._client = client
        self._hub = hub
        self._store = store
        self._writers: dict[str, _Writer] = {}
        self._taking_up = trio.Lock()

    async def keep_written(self, name: str, lease: RoomLease) -> NoReturn:
        """Write a room down as often as it changes, until cancelled."""
        while True:
            size = await self.write_room(name, lease)
            await trio.sleep(max(WRITE_SECONDS, size / BYTES_PER_SECOND))

    async def write_room(self, name: str, lease: RoomLease) -> int:
        """Write a room down if it is open and has changed; return how many bytes that took."""
        room = self._hub.room(name)
        if room is None:
            return 0
        writer = self._writers.setdefault(
            name, _Writer(RoomStream(self._client, name), self._store)
        )
        try:
            handover = await writer.handed.describe(room)
            return await writer.write_changes(
                handover, lease, self._client, RoomKeys(name).snapshot
            )
        except (ConnectionLost, StoreError, RedisError, OSError) as error:
            log.debug("room %s is not written down: %s", name, error)
            return 0

    async def is_kept(self, name: str) -> bool:
        """Whether a room can be taken up. Raises ConnectionLost."""
        try:
            return await self._client.exists([RoomKeys(name).snapshot]) > 0
        except (RedisError, OSError) as error:
            raise ConnectionLost(f"Valkey does not say what it keeps ({error})") from None

    async def take_up(self, name: str) -> None:
        """Open a room here that its owner left, if something is kept of it.

        Raises ConnectionLost, and StoreError.
        """
        async with self._taking_up:
            if self._hub.room(name) is not None:
                return
            record = await RoomStream(self._client, name).read_room()
            if record is None:
                return
            try:
                handover = decode_handover(record.snapshot)
            except msgspec.MsgspecError as error:
                facts = {"room": name, "why": str(error)}
                log.error("what is kept of room %(room)s cannot be read: %(why)s", facts)
                return
            adopt(self._store, handover, self._hub.now())
            await self._store.writes.flushed()
            await self._hub.open_handed(name)
            log.warning("room %(room)s is here now: its server is gone", {"room": name})

    async def forget(self, name: str) -> None:
        """Keep nothing of a room that has ended here."""
        if self._writers.pop(name, None) is not None:
            with contextlib.suppress(RedisError, OSError):  # then it is forgotten by itself
                await self._client.delete([RoomKeys(name).snapshot])


class _Writer:
    """Writes down one room."""

    def __init__(self, stream: RoomStream, store: Store) -> None:
        self.handed = HandedRoom(store)
        self._stream = stream
        self._written: RoomHandover | None = None
        self._fence = 0
        self._at = 0.0

    async def write_changes(
        self, handover: RoomHandover, lease: RoomLease, client: coredis.Redis[bytes], key: str
    ) -> int:
        tenure, now = lease.tenure, trio.current_time()
        if tenure is None:
            return 0
        is_known = handover == self._written and tenure.fence == self._fence
        if is_known and now - self._at < REFRESH_SECONDS:
            return 0
        raw = encode_handover(handover)
        await self._stream.write_snapshot(Position(tenure.fence, 0), raw)
        await client.pexpire(key, KEPT_SECONDS * 1000)
        self._written, self._fence, self._at = handover, tenure.fence, now
        return len(raw)
