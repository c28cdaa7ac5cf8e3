"""Forwards a room's voice: to everybody at once, or to a large audience in one bundle a tick."""

from __future__ import annotations

from collections.abc import Callable

import trio

from roomcli.protocol.audio import RATE, BundleEntry, UplinkFrame, slot_and_level

from ..limits import ServerLimits
from .egress import RoomEgress
from .fanout import Fanout
from .loudest import Loudest
from .tick import TICK, AudienceTick
from .traffic import Traffic

AT_ONCE = 64
"""Up to so many listeners a frame is sent to everybody at once. Where there are more, the stage has
it at once, and the audience the frames of one tick together: a send costs the server more than the
bytes in it. No stage is so large."""
MAX_ENTRIES = 64
"""The most frames in one bundle; frames beyond that are older than a tick should be, and are
dropped."""


class Forwarder:
    """Collects the frames that may be heard and sends them on. Run it in the room's nursery.

    ``stage`` and ``audience`` together are ``everybody``. ``heard`` is how many voices are heard at
    once, ``traffic`` counts the voice of all rooms, of which ``limits`` say how much may be sent.
    """

    def __init__(
        self,
        everybody: Fanout,
        stage: Fanout,
        audience: Fanout,
        heard: int,
        traffic: Traffic | None = None,
        limits: ServerLimits | None = None,
    ) -> None:
        traffic = traffic or Traffic()
        self._opened_at = trio.current_time()
        self._loudest = Loudest(heard)
        self._everybody, self._stage, self._audience = everybody, stage, audience
        self._egress = RoomEgress(heard, limits or ServerLimits(), traffic.egress)
        self._tick = AudienceTick()
        self._at_once = _Rounds(self._media_time, traffic, self._note_sent)
        self._by_tick = _Rounds(self._media_time, traffic, self._note_sent, self._tick)

    @property
    def is_large(self) -> bool:
        """Whether the room is so large, with those elsewhere, that its audience waits for ticks."""
        return self._everybody.listeners + self._by_tick.elsewhere > AT_ONCE

    def count_elsewhere(self, people: int) -> None:
        """Note how many of the room's people are at other processes."""
        self._by_tick.elsewhere = people

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
        return entry if self._collect(entry, now) else None

    def forward_entry(self, entry: bytes) -> None:
        """Take a frame that is an entry already, of a speaker who is elsewhere."""
        now = trio.current_time()
        slot, level = slot_and_level(entry)
        if self._loudest.admits(slot, level, now):
            self._collect(entry, now)

    def _collect(self, entry: bytes, now: float) -> bool:
        """Have an entry sent to everybody here; return False if nobody gets it."""
        everybody, to = self._everybody, self._stage
        # What waits for the audience goes out before it gets anything at once.
        if not self.is_large and self._by_tick.is_empty:
            to = everybody
        taken = self._at_once.add(entry, now, to)
        if self._at_once.fanout is not everybody:
            taken |= self._by_tick.add(entry, now, self._audience)
        return taken

    def is_flat(self, slot: int) -> bool:
        """Whether the slot's holder claims a level that never falls, as no voice does."""
        return self._loudest.is_flat(slot)

    def forget(self, slot: int) -> None:
        """Forget the voice in this slot: its holder has left the stage."""
        self._loudest.forget(slot)

    async def run(self) -> None:
        """Send bundles until cancelled."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._at_once.run)
            nursery.start_soon(self._by_tick.run)

    def _media_time(self) -> int:
        return int((trio.current_time() - self._opened_at) * RATE)

    def _note_sent(self, size: int) -> None:
        """Note how many bytes went out, and hold to what may go out from now on."""
        self._egress.add(size, trio.current_time())
        self._loudest.limit = self._egress.voices
        self._tick.least = self._egress.ticks


class _Rounds:
    """Sends what was collected: once a ``tick``, or at once where there is none.

    ``note_sent`` gets the bytes of each round.
    """

    def __init__(
        self,
        media_time: Callable[[], int],
        traffic: Traffic,
        note_sent: Callable[[int], None],
        tick: AudienceTick | None = None,
    ) -> None:
        self._media_time = media_time
        self._traffic = traffic
        self._note_sent = note_sent
        self._tick = tick
        self._entries: list[bytes] = []
        self._first_at = 0.0
        self._some = trio.Event()
        self.fanout: Fanout | None = None
        """Where the bundle that is collected will go, or the last one went."""
        self.elsewhere = 0
        """How many more people other processes send the same voice."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is collected that was not sent."""
        return not self._entries

    def add(self, entry: bytes, now: float, fanout: Fanout) -> bool:
        """Collect an entry; the first one of a bundle says where it goes.

        Return False if nobody is there, or if too many wait already.
        """
        if not self._entries:
            self.fanout = fanout
            self._first_at = now
        if not fanout.listeners or len(self._entries) >= MAX_ENTRIES:
            return False
        self._entries.append(entry)
        self._some.set()
        return True

    async def run(self) -> None:
        """Send bundles until cancelled."""
        earliest = 0.0
        while True:
            await self._wait_for_voice(earliest)
            began = trio.current_time()
            self._traffic.lateness.observe(began - max(earliest, self._first_at))
            await self._send_bundle()
            took = trio.current_time() - began
            self._traffic.fanout.observe(took)
            if self._tick is not None:
                self._tick.note_round(took, self._share)
                earliest = began + self._tick.pause

    @property
    def _share(self) -> float:
        here = self.fanout.listeners if self.fanout is not None else 0
        return max(1, here) / max(1, here + self.elsewhere)

    async def _wait_for_voice(self, earliest: float) -> None:
        """Wait until something is collected, and for this time; others have their turn in any case.

        Meanwhile those who lose voice get some again.
        """
        if self.fanout is not None and self.fanout.owes_copies:
            await trio.sleep_until(earliest)
            while self.fanout.owes_copies and not self._some.is_set():
                with trio.move_on_after(TICK):
                    await self._some.wait()
                if not self._some.is_set():
                    await self.fanout.send((), self._media_time())
        await self._some.wait()
        # A lone voice comes when the tick is over: to sleep first would be one more way through
        # Trio's loop for each frame.
        if trio.current_time() < earliest:
            await trio.sleep_until(earliest)

    async def _send_bundle(self) -> None:
        assert self.fanout is not None
        media_time = self._media_time()
        entries, self._entries, self._some = self._entries, [], trio.Event()
        tick = TICK if self._tick is None else self._tick.seconds
        self._note_sent(await self.fanout.send(entries, media_time, tick))
