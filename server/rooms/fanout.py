"""Where a room's voice goes: bundles to all listeners, single frames to whoever subscribed to them.

Here listeners are connections of this process. Listeners of other servers would be another fan-out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeVar

import trio

from roomcli.protocol.audio import HOME, join_entries, of_visit
from roomcli.protocol.datagrams import cut_bundle
from roomcli.wire.frames import server_frame
from roomcli.wire.udp.repetition import OLDEST, TICK, EarlierVoice
from roomcli.wire.udp.sealing import OVERHEAD

from ..datagrams.channel import ClientChannel
from ..streams.batch import PlainStreamBatch, StreamBatch
from .egress import HEADS
from .steady_audience import FEW, SteadyAudience
from .traffic import Traffic

SLICE = 256
"""Listeners served before other tasks get their turn."""


class Fanout(Protocol):
    """Sends a room's bundles to all its listeners."""

    @property
    def listeners(self) -> int:
        """The number of listeners; each costs something at every send."""

    @property
    def owes_copies(self) -> bool:
        """Whether those who lose voice get earlier one in each tick, though nothing new comes."""

    async def send(self, entries: Sequence[bytes], media_time: int, tick: float = TICK) -> int:
        """Send a bundle of these frames; it begins at this media time of the room, in samples.

        The next one comes after ``tick`` seconds at the soonest. Nothing here waits for a listener:
        whoever is behind misses the bundle. Without frames only earlier voice is sent, once more,
        to those who lose some. Return the bytes that went out, with the heads of their packets, but
        for those of earlier voice.
        """


class VoiceListener(Protocol):
    """A connection to which voice is sent."""

    @property
    def visit(self) -> int:
        """The number that this visit to the room has on the connection."""

    @property
    def is_inside(self) -> bool:
        """Whether they were told that they are in the room; before that they are sent no voice."""

    @property
    def channel(self) -> ClientChannel | None:
        """The visit's side channel, where there is one."""

    def send_voice_frame(self, frame: bytes, media_time: int, batch: StreamBatch) -> bool:
        """Send a bundle that is already framed with this batch, unless this listener is behind.

        Return whether it was sent.
        """


Made = TypeVar("Made")


class PerVisit(dict[int, Made]):
    """Messages by the number that the visit has, each made when it is first needed."""

    def __init__(self, make: Callable[[int], Made]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, visit: int) -> Made:
        made = self[visit] = self._make(visit)
        return made


class VoiceSubscriber(Protocol):
    """Gets every voice frame that was accepted, and that all listeners hear."""

    def add(self, at: float, speaker: str, entry: bytes) -> None:
        """Take a frame, as a bundle's entry, of the participant with the id ``speaker``.

        ``at`` is the server's time; it never goes back.
        """


class LocalFanout:
    """Sends bundles to these connections of this process, by id.

    A bundle is framed once for all to whom this visit has the same number, and the same bytes go to
    them by a non-blocking send: no task, no channel and no copy per listener. Who has UDP as the
    way of their voice gets it in datagrams, many by one system call; who loses some of these gets
    earlier ones once more.
    """

    def __init__(
        self,
        connections: Mapping[str, VoiceListener],
        traffic: Traffic | None = None,
        batch: StreamBatch | None = None,
    ) -> None:
        self._connections = connections
        self._traffic = traffic or Traffic()
        self._batch = batch or PlainStreamBatch()
        self._steady: SteadyAudience[VoiceListener] = SteadyAudience()
        self._earlier = EarlierVoice()
        self._has_losses = False

    def note_connections(self) -> None:
        """Note that somebody came or left."""
        self._steady.forget()

    @property
    def listeners(self) -> int:
        """The number of listeners."""
        return len(self._connections)

    @property
    def owes_copies(self) -> bool:
        """Whether somebody is to get earlier voice in the next tick, though nothing new comes."""
        return self._has_losses and self._earlier.is_waiting

    async def send(self, entries: Sequence[bytes], media_time: int, tick: float = TICK) -> int:
        """Send a bundle to each connection; other tasks get their turn in between."""
        if not entries:
            self._repeat(tick)
            return 0
        framed = PerVisit(lambda visit: server_frame(join_entries(media_time, entries, visit)))
        cut = PerVisit(lambda visit: cut_bundle(media_time, entries, visit))
        sent = skipped = by_udp = held_back = 0
        used: ClientChannel | None = None
        batch, now = self._batch, trio.current_time()
        copies = self._copies(cut[HOME] if self._has_losses else (), tick, now)
        self._has_losses = False
        groups, rest = self._steady.split(self._connections.values())
        try:
            for group in groups:
                if group.datagrams.send(cut[group.visit], media_time, now):
                    by_udp += len(group.listeners)
                else:
                    self._steady.forget()
                    rest += group.listeners
                if len(group.listeners) == SLICE:
                    await trio.lowlevel.checkpoint()
            for number, listener in enumerate(rest, 1):
                channel = listener.channel
                if channel is not None and channel.by_udp:
                    used = channel
                    if channel.send_parts(cut[listener.visit], media_time, now):
                        by_udp += 1
                        if age := channel.copy_age:
                            self._has_losses = True
                            channel.send_copies(copies[listener.visit][age])
                    else:
                        held_back += 1
                elif listener.send_voice_frame(framed[listener.visit], media_time, batch):
                    sent += 1
                elif listener.is_inside:
                    skipped += 1
                if number % SLICE == 0:
                    batch.flush()
                    if used is not None:
                        used.finish_round()
                    await trio.lowlevel.checkpoint()
        finally:  # what waits in a batch after an error would go out behind what came later
            batch.flush()
        if used is not None:
            used.finish_round()
            if by_udp > FEW and not groups:
                self._steady.note_round(rest, used.changes, media_time)
        size = next((len(each) for each in framed.values()), 0)
        self._traffic.tcp.note_sent(sent, len(entries), size, skipped)
        sealed = next((sum(len(each) + OVERHEAD for each in parts) for parts in cut.values()), 0)
        self._traffic.udp.note_sent(by_udp, len(entries), sealed, held_back)
        return sent * (size + HEADS) + by_udp * (sealed + HEADS)

    def _repeat(self, tick: float) -> None:
        copies = self._copies((), tick, trio.current_time())
        used: ClientChannel | None = None
        for listener in self._connections.values():
            channel = listener.channel
            if channel is not None and channel.by_udp and (age := channel.copy_age):
                channel.send_copies(copies[listener.visit][age])
                used = channel
        if used is not None:
            used.finish_round()

    def _copies(
        self, parts: Sequence[bytes], tick: float, now: float
    ) -> PerVisit[list[list[bytes]]]:
        """Take in what goes out now, and return what is due once more, by visit and age."""
        earlier = self._earlier
        earlier.tick = max(tick, TICK)
        earlier.advance(parts, now)
        due = [earlier.copies(age) for age in range(OLDEST + 1)]
        return PerVisit(lambda visit: [[of_visit(one, visit) for one in each] for each in due])
