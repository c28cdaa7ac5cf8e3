"""A participant whose connection is in this process: their voice, and what they have of others'."""

from __future__ import annotations

import trio

from roomcli.protocol.audio import DEAF, FRAME, RATE, SHORT_FRAME, Ack, UplinkFrame
from roomcli.protocol.side_channel import SideChannelOffer
from roomcli.wire.connection import WebSocket
from roomcli.wire.heartbeat import INTERVAL, LARGE_INTERVAL, Heartbeat
from roomcli.wire.window import ALLOWANCE, LARGE_ALLOWANCE, AckWindow

from ..allowances import TokenBucket
from ..datagrams.channel import ClientChannel
from ..streams.batch import StreamBatch
from .copies import CopyFilter
from .visitor import RoomVisitor

FRAMES_PER_SECOND = 60
"""Voice frames of 20 ms a second: 50 of a voice, and a little more for fast clocks and bursts. Of
10 ms, where those may come, it is twice as many."""
BYTES_PER_KILOBIT = 4 / 3 * 1000 / 8
"""Voice bytes a second for each kb/s of the room's ceiling: a third more than the bitrate, which is
a mean with Opus."""


MOST_DELAY_MS = 2000
"""The longest time for which a client is believed to hold voice back."""


class Peer(RoomVisitor):
    """A participant whose connection is here, and its counters. Times are in seconds, monotonic."""

    __slots__ = (
        "_accepted_time", "_answered_time", "_bytes", "_ceiling", "_copies", "_dropped_before",
        "_frames", "_heartbeat", "_is_on_stage", "_newest_at_ack", "_stream", "_told_delay",
        "_uplink_time", "_websocket", "_window", "above_ceiling", "channel", "flat", "flooded",
        "unheard",
    )  # fmt: skip

    def __init__(
        self, id: str, key: str, connection: WebSocket, heartbeat: Heartbeat, visit: int
    ) -> None:
        super().__init__(id, key, connection, visit)
        now = trio.current_time()
        self._websocket = connection
        self._stream = connection.stream
        self._heartbeat = heartbeat
        self._window = AckWindow()
        self._frames = TokenBucket(FRAMES_PER_SECOND, FRAMES_PER_SECOND, now)
        self._ceiling = 0
        self._bytes = TokenBucket(1, 0, now)
        self._uplink_time = self._answered_time = 0
        self._newest_at_ack: int | None = None
        self._accepted_time = 0
        self._told_delay: int | None = None
        self.flooded = 0
        """Voice frames refused because they came too fast."""
        self.above_ceiling = 0
        """Voice frames refused because the room allows less bits a second."""
        self.unheard = 0
        """Voice frames refused because the person was silenced, muted, or in the audience."""
        self.flat = False
        """Whether it was logged that the person's level never falls."""
        self.channel: ClientChannel | None = None
        """The visit's side channel, where there is one."""
        self._copies = CopyFilter()
        self._is_on_stage = False
        self._dropped_before = 0

    @property
    def offer(self) -> SideChannelOffer | None:
        return self.channel.offer if self.channel is not None else None

    def close(self) -> None:
        if self.channel is not None:
            self.channel.close()

    def set_place(self, *, on_stage: bool, large: bool) -> None:
        """Note whether this person is on stage, and whether the audience is large.

        Who is on stage is read, and answered, at once. Who is in a large audience acknowledges less
        often.
        """
        self._is_on_stage = on_stage
        self._stream.set_quiet(not on_stage)
        self._window.allowance = LARGE_ALLOWANCE if large and not on_stage else ALLOWANCE
        if self.channel is not None:
            self.channel.acks_every = LARGE_INTERVAL if large and not on_stage else INTERVAL

    def _come_inside(self) -> None:
        self._dropped_before = self._stream.voice_dropped

    def send_voice_frame(self, frame: bytes, media_time: int, batch: StreamBatch) -> bool:
        """Send a bundle that is already framed with this batch, unless this listener is behind.

        Return whether it was sent.
        """
        if self._held is None and self._window.admits(media_time):
            batch.add(self._stream, frame)
            return True
        return False

    def acknowledge(self, ack: Ack, now: float) -> None:
        """Note which voice the client has, and answer if that says something."""
        self._heartbeat.received(ack, now)
        self._window.rtt = self._heartbeat.rtt
        if ack.delay is not None:
            self._told_delay = ack.delay if ack.delay == DEAF else min(ack.delay, MOST_DELAY_MS)
        if self.channel is not None:
            self._window.passed_by(self.channel.newest_voice)
        self._window.acknowledged(ack.media_time)
        if self.channel is not None:
            self.channel.acknowledged(ack.media_time, self._heartbeat.rtt, now)
        newest, uplink = self._window.newest_sent, self._uplink_time
        was_sent_voice = newest != self._newest_at_ack
        self._newest_at_ack = newest
        if (
            self._heartbeat.owes_answer(now, sent=was_sent_voice)
            or self._is_on_stage
            or uplink != self._answered_time
        ):
            self._send_ack(now)

    def remind(self, now: float) -> None:
        """Acknowledge by TCP what came, unasked: what the client sends by UDP may be lost."""
        self._send_ack(now, by_tcp=True)

    def _send_ack(self, now: float, *, by_tcp: bool = False) -> None:
        self._answered_time = self._uplink_time
        ack = self._heartbeat.ack(self._uplink_time, now, self.visit).encode()
        if self.channel is None:
            self._websocket.send(ack)
        else:
            self.channel.send_ack(ack, now, by_tcp=by_tcp)

    def received_voice(self, frame: UplinkFrame) -> bool:
        """Note that a voice frame came, so that it is acknowledged even if it is not heard.

        A client without acknowledgement of frames that crossed a mute would think itself behind for
        ever. Return False for one that came before, by the other way or as a copy.
        """
        if not self._copies.is_new(frame.sequence):
            return False
        if self._copies.newest == frame.sequence:
            self._uplink_time = frame.media_time
        return True

    def accepts_voice(self, frame: UplinkFrame, now: float, *, short: bool, ceiling: int) -> float:
        """Return the seconds of voice in the frame; 0.0 if it is beyond what one voice may use.

        ``short`` says whether frames of 10 ms may come. Nobody looks into a frame: one is as long
        as the media time since the one before it, within the lengths that there are. ``ceiling`` is
        how many kb/s the room allows.
        """
        if ceiling != self._ceiling:
            # A full bucket, since it takes a moment until the speaker knows of another ceiling.
            self._ceiling = ceiling
            rate = ceiling * BYTES_PER_KILOBIT
            self._bytes = TokenBucket(rate, rate, now)
        if self._frames.take(0.5 if short else 1, now):
            self.flooded += 1
            return 0.0
        if self._bytes.take(len(frame.payload), now):
            self.above_ceiling += 1
            return 0.0
        passed = frame.media_time - self._accepted_time
        self._accepted_time = frame.media_time
        return (SHORT_FRAME if short and 0 < passed <= SHORT_FRAME else FRAME) / RATE

    @property
    def excess(self) -> int:
        """The number of voice frames refused because they were too many or too large."""
        return self.flooded + self.above_ceiling

    @property
    def delay_ms(self) -> int:
        behind = self._window.behind / RATE
        if behind > self._window.allowance + self._heartbeat.rtt:  # of a pause, not of the way
            behind = 0.0
        half = self._heartbeat.rtt / 2
        told = self._told_delay or 0
        return round(max(half, behind - half) * 1000) + (0 if told == DEAF else told)

    @property
    def way_ms(self) -> int:
        return round(self._heartbeat.rtt * 500)

    @property
    def is_deaf(self) -> bool:
        return self._told_delay == DEAF

    @property
    def voice_skipped(self) -> int:
        dropped = self._stream.voice_dropped - self._dropped_before
        held_back = self.channel.held_back if self.channel is not None else 0
        return self._window.skipped + dropped + held_back
