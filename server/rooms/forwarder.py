"""Forwards a room's voice: to the stage at once, to a large audience in one bundle a tick."""

from __future__ import annotations

from collections.abc import Callable

import trio

from roomcli.protocol.audio import RATE, BundleEntry, UplinkFrame, join_entries

from .fanout import Fanout
from .loudest import Loudest
from .tick import AudienceTick
from .traffic import Traffic

AT_ONCE = 64
"""Up to so many listeners a frame is sent at once. To more, the frames of one tick are sent
together: a send costs the server more than the bytes in it. No stage is so large."""
MAX_ENTRIES = 64
"""The most frames in one bundle; frames beyond that are older than a tick should be, and are
dropped."""


class Forwarder:
    """Collects the frames that may be heard and sends them on. Run it in the room's nursery.

    ``heard`` is how many voices are heard at once, ``traffic`` counts the voice of all rooms.
    """

    def __init__(
        self, stage: Fanout, audience: Fanout, heard: int, traffic: Traffic | None = None
    ) -> None:
        traffic = traffic or Traffic()
        self._opened_at = trio.current_time()
        self._loudest = Loudest(heard)
        self._rounds = [_Rounds(each, self._media_time, traffic) for each in (stage, audience)]

    def forward(self, frame: UplinkFrame, slot: int, generation: int) -> bytes | None:
        """Take a speaker's frame; return its entry of the bundle if it is among the loudest."""
        now = trio.current_time()
        if not self._loudest.admits(slot, frame.level, now):
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
        taken = [each.add(entry, now) for each in self._rounds]
        return entry if any(taken) else None

    def is_flat(self, slot: int) -> bool:
        """Whether the slot's holder claims a level that never falls, as no voice does."""
        return self._loudest.is_flat(slot)

    def forget(self, slot: int) -> None:
        """Forget the voice in this slot: its holder has left the stage."""
        self._loudest.forget(slot)

    async def run(self) -> None:
        """Send bundles until cancelled."""
        async with trio.open_nursery() as nursery:
            for each in self._rounds:
                nursery.start_soon(each.run)

    def _media_time(self) -> int:
        return int((trio.current_time() - self._opened_at) * RATE)


class _Rounds:
    """Sends some of the listeners what was collected for them."""

    def __init__(self, fanout: Fanout, media_time: Callable[[], int], traffic: Traffic) -> None:
        self._fanout = fanout
        self._media_time = media_time
        self._traffic = traffic
        self._tick = AudienceTick()
        self._entries: list[bytes] = []
        self._first_at = 0.0
        self._some = trio.Event()

    def add(self, entry: bytes, now: float) -> bool:
        """Collect an entry; return False if nobody is there, or if too many wait already."""
        if not self._fanout.listeners or len(self._entries) >= MAX_ENTRIES:
            return False
        if not self._entries:
            self._first_at = now
        self._entries.append(entry)
        self._some.set()
        return True

    async def run(self) -> None:
        """Send bundles until cancelled."""
        earliest = 0.0
        while True:
            await self._some.wait()
            began = trio.current_time()
            self._traffic.lateness.observe(began - max(earliest, self._first_at))
            await self._send_bundle()
            took = trio.current_time() - began
            self._traffic.fanout.observe(took)
            await trio.lowlevel.checkpoint()
            if self._fanout.listeners > AT_ONCE:
                self._tick.note_round(took)
                earliest = began + self._tick.seconds
                await trio.sleep_until(earliest)

    async def _send_bundle(self) -> None:
        media_time = self._media_time()
        entries, self._entries, self._some = self._entries, [], trio.Event()
        await self._fanout.send(join_entries(media_time, entries), media_time, len(entries))
