"""Forwards a room's voice frames to all its listeners: one bundle each tick."""

from __future__ import annotations

import trio

from roomcli.protocol.audio import RATE, BundleEntry, UplinkFrame, join_entries

from .fanout import Fanout
from .loudest import Loudest
from .traffic import Traffic

SMALL_ROOM = 64
"""Up to so many listeners a frame is sent at once. In a bigger room the frames of one tick are sent
together: a send costs the server more than the bytes in it."""
TICK = 0.020
MAX_ENTRIES = 64
"""The most frames in one bundle; frames beyond that are older than a tick should be, and are
dropped."""


class Forwarder:
    """Collects the frames that may be heard and sends them on. Run it in the room's nursery."""

    def __init__(self, fanout: Fanout, traffic: Traffic | None = None) -> None:
        self._fanout = fanout
        self._traffic = traffic or Traffic()
        self._opened_at = trio.current_time()
        self._loudest = Loudest()
        self._entries: list[bytes] = []
        self._some = trio.Event()
        self._first_at = 0.0

    def forward(self, frame: UplinkFrame, slot: int, generation: int) -> bytes | None:
        """Take a speaker's frame; return its entry of the bundle if it is among the loudest."""
        now = trio.current_time()
        if not self._loudest.admits(slot, frame.level, now):
            return None
        if len(self._entries) >= MAX_ENTRIES:
            return None
        entry = BundleEntry(
            slot,
            generation,
            frame.sequence,
            frame.media_time,
            frame.flags,
            frame.level,
            frame.payload,
        ).encode()
        if not self._entries:
            self._first_at = now
        self._entries.append(entry)
        self._some.set()
        return entry

    def is_flat(self, slot: int) -> bool:
        """Whether the slot's holder claims a level that never falls, as no voice does."""
        return self._loudest.is_flat(slot)

    def forget(self, slot: int) -> None:
        """Forget the voice in this slot: its holder has left the stage."""
        self._loudest.forget(slot)

    async def run(self) -> None:
        """Send bundles until cancelled."""
        earliest = 0.0
        while True:
            await self._some.wait()
            began = trio.current_time()
            self._traffic.lateness.observe(began - max(earliest, self._first_at))
            await self._round()
            if self._fanout.listeners > SMALL_ROOM:
                earliest = began + TICK
                await trio.sleep_until(earliest)

    async def _round(self) -> None:
        began = trio.current_time()
        media_time = int((began - self._opened_at) * RATE)
        entries, self._entries, self._some = self._entries, [], trio.Event()
        await self._fanout.send(join_entries(media_time, entries), media_time, len(entries))
        self._traffic.fanout.observe(trio.current_time() - began)
        await trio.lowlevel.checkpoint()
