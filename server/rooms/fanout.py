"""Where a room's voice goes: bundles to all listeners, single frames to whoever subscribed to them.

Here listeners are connections of this process. Listeners of other servers would be another fan-out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import trio

from roomcli.protocol.audio import of_visit
from roomcli.wire.frames import server_frame

SLICE = 256
"""Listeners served before other tasks get their turn."""


class Fanout(Protocol):
    """Sends a room's bundles to all its listeners."""

    @property
    def listeners(self) -> int:
        """The number of listeners; each costs something at every send."""

    async def send(self, bundle: bytes, media_time: int) -> None:
        """Send a bundle of no visit; it begins at this media time of the room, in samples.

        Nothing here waits for a listener: whoever is behind misses the bundle.
        """


class VoiceListener(Protocol):
    """A connection to which voice is sent."""

    @property
    def visit(self) -> int:
        """The number that this visit to the room has on the connection."""

    def send_voice_frame(self, frame: bytes, media_time: int) -> None:
        """Send a bundle that is already framed, unless this listener is behind."""


class VoiceSubscriber(Protocol):
    """Gets every voice frame that was accepted, and that all listeners hear."""

    def add(self, at: float, speaker: str, entry: bytes) -> None:
        """Take a frame, as a bundle's entry, of the participant with the id ``speaker``.

        ``at`` is the server's time; it never goes back.
        """


class LocalFanout:
    """Sends bundles to the connections of this process, by id.

    A bundle is framed once for all to whom this visit has the same number, and the same bytes go to
    them by a non-blocking send: no task, no channel and no copy per listener.
    """

    def __init__(self, connections: Mapping[str, VoiceListener]) -> None:
        self._connections = connections

    @property
    def listeners(self) -> int:
        """The number of listeners."""
        return len(self._connections)

    async def send(self, bundle: bytes, media_time: int) -> None:
        """Send a bundle to each connection; other tasks get their turn in between."""
        frames: dict[int, bytes] = {}
        for number, listener in enumerate(tuple(self._connections.values()), 1):
            visit = listener.visit
            frame = frames.get(visit)
            if frame is None:
                frame = frames[visit] = server_frame(of_visit(bundle, visit))
            listener.send_voice_frame(frame, media_time)
            if number % SLICE == 0:
                await trio.lowlevel.checkpoint()
