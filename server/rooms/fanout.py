"""Where a room's voice goes: bundles to all listeners, single frames to whoever subscribed to them.

Here listeners are connections of this process. Listeners of other servers would be another fan-out.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol

import trio

from roomcli.protocol.audio import of_visit
from roomcli.wire.frames import server_frame

from .traffic import Traffic

SLICE = 256
"""Listeners served before other tasks get their turn."""


class Fanout(Protocol):
    """Sends a room's bundles to all its listeners."""

    @property
    def listeners(self) -> int:
        """The number of listeners; each costs something at every send."""

    async def send(self, bundle: bytes, media_time: int, frames: int) -> None:
        """Send a bundle of no visit; it begins at this media time of the room, in samples.

        ``frames`` is how many voice frames are in it. Nothing here waits for a listener: whoever is
        behind misses the bundle.
        """


class VoiceListener(Protocol):
    """A connection to which voice is sent."""

    @property
    def visit(self) -> int:
        """The number that this visit to the room has on the connection."""

    @property
    def is_inside(self) -> bool:
        """Whether they were told that they are in the room; before that they are sent no voice."""

    def send_voice_frame(self, frame: bytes, media_time: int) -> bool:
        """Send a bundle that is already framed, unless this listener is behind.

        Return whether it was sent.
        """


class VoiceSubscriber(Protocol):
    """Gets every voice frame that was accepted, and that all listeners hear."""

    def add(self, at: float, speaker: str, entry: bytes) -> None:
        """Take a frame, as a bundle's entry, of the participant with the id ``speaker``.

        ``at`` is the server's time; it never goes back.
        """


class LocalFanout:
    """Sends bundles to the connections of this process, by id, but to those in ``besides``.

    A bundle is framed once for all to whom this visit has the same number, and the same bytes go to
    them by a non-blocking send: no task, no channel and no copy per listener.
    """

    def __init__(
        self,
        connections: Mapping[str, VoiceListener],
        traffic: Traffic | None = None,
        besides: Mapping[str, VoiceListener] = MappingProxyType({}),
    ) -> None:
        self._connections = connections
        self._besides = besides
        self._traffic = traffic or Traffic()

    @property
    def listeners(self) -> int:
        """The number of listeners."""
        return len(self._connections) - len(self._besides)

    async def send(self, bundle: bytes, media_time: int, frames: int) -> None:
        """Send a bundle to each connection; other tasks get their turn in between."""
        framed: dict[int, bytes] = {}
        sent = skipped = size = 0
        besides = self._besides
        for number, (id, listener) in enumerate(tuple(self._connections.items()), 1):
            if id in besides:
                continue
            visit = listener.visit
            frame = framed.get(visit)
            if frame is None:
                frame = framed[visit] = server_frame(of_visit(bundle, visit))
                size = len(frame)
            if listener.send_voice_frame(frame, media_time):
                sent += 1
            elif listener.is_inside:
                skipped += 1
            if number % SLICE == 0:
                await trio.lowlevel.checkpoint()
        carried = self._traffic.tcp
        carried.bundles_sent += sent
        carried.frames_sent += sent * frames
        carried.bytes_sent += sent * size
        carried.bundles_skipped += skipped
