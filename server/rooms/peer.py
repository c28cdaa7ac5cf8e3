"""One participant's connection, as the room sees it."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import trio

from roomcli.errors import ConnectionLost
from roomcli.protocol.audio import Ack, UplinkFrame
from roomcli.protocol.events import Goodbye
from roomcli.wire.connection import WebSocket
from roomcli.wire.heartbeat import Heartbeat
from roomcli.wire.window import AckWindow

from ..limits import TokenBucket

FRAMES_PER_SECOND = 60
"""Voice is 50 frames a second; a little more for clocks that run fast and for bursts."""
BYTES_PER_SECOND = 16_000
"""Above any sensible Opus bitrate for a voice (128 kb/s)."""


class Peer:
    """What the server keeps per connection besides the socket. Times are seconds, monotonic."""

    def __init__(self, id: str, key: str, connection: WebSocket, now: float) -> None:
        self.id = id
        self.key = key
        """The person's fingerprint."""
        self.network = ""
        """Where they come from, as far as it counts."""
        self.session = trio.CancelScope()
        """Round the task that serves the connection."""
        self.goodbye: Goodbye | None = None
        """What the session says last, once the room has ended it."""
        self._connection = connection
        self._heartbeat = Heartbeat(now)
        self._window = AckWindow()
        self._frames = TokenBucket(FRAMES_PER_SECOND, FRAMES_PER_SECOND, now)
        self._bytes = TokenBucket(BYTES_PER_SECOND, BYTES_PER_SECOND, now)
        self._uplink_time = 0
        self.flooded = 0
        """Voice frames refused since they came too fast."""
        self.unheard = 0
        """Voice frames refused since they were silenced, muted, or in the audience."""
        self.flat = False
        """Whether it was noted that their level never falls."""
        self.unwritten = 0
        """The transaction that writes their new ticket down, to be waited for; 0 for an old one."""
        self._held: list[bytes] | None = []

    def send_frame(self, frame: bytes) -> None:
        """A control message, already framed."""
        if self._held is None:
            self._connection.stream.push_control(frame)
        else:
            self._held.append(frame)

    def send_held(self) -> None:
        """Send what was held until now: before a new ticket is on disk nobody is told of it."""
        held, self._held = self._held or [], None
        for frame in held:
            self._connection.stream.push_control(frame)

    def send_voice_frame(self, frame: bytes, media_time: int) -> None:
        """A bundle, already framed, unless this listener is behind."""
        if self._held is None and self._window.admits(media_time, self._heartbeat.rtt):
            self._connection.stream.push_voice(frame)

    def acknowledge(self, ack: Ack, now: float) -> None:
        """The client told what it has: note it and tell it the same about its uplink."""
        self._heartbeat.received(ack, now)
        self._window.acknowledged(ack.media_time)
        self._connection.send(self._heartbeat.ack(self._uplink_time, now).encode())

    def received_voice(self, frame: UplinkFrame) -> None:
        """A voice frame came, to be heard or not: a client that got no acknowledgement of frames
        that crossed a mute would think itself behind for ever."""
        self._uplink_time = frame.media_time

    def accepts_voice(self, frame: UplinkFrame, now: float) -> bool:
        """Whether the frame is within what one voice may use."""
        if self._frames.take(1, now) or self._bytes.take(len(frame.payload), now):
            self.flooded += 1
            return False
        return True

    @property
    def voice_skipped(self) -> int:
        """Bundles this listener missed since it was behind."""
        return self._window.skipped + self._connection.stream.voice_dropped

    @contextlib.asynccontextmanager
    async def as_long_as_here(self) -> AsyncIterator[None]:
        """What is done inside is given up as soon as the connection is closed.

        Raises ConnectionLost then.
        """
        done = False
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._cancel_when_gone, nursery.cancel_scope)
            yield
            done = True
            nursery.cancel_scope.cancel()
        if not done:
            raise ConnectionLost("they left before that was done")

    async def _cancel_when_gone(self, scope: trio.CancelScope) -> None:
        await self._connection.closed()
        scope.cancel()

    def end(self, goodbye: Goodbye) -> None:
        """Let the connection's own task end it, with these last words after all others."""
        self.goodbye = goodbye
        self.session.cancel()
