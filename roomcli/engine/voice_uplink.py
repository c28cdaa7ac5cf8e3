"""One's own voice on its way over one connection: what of it is sent, and how much of it waits."""

from __future__ import annotations

from dataclasses import replace

from ..audio.encoder_control import UplinkLoad
from ..protocol.audio import Ack, Flags, UplinkFrame
from ..wire.connection import WebSocket
from ..wire.one_way import OneWayDelay
from ..wire.window import AckWindow
from .udp_voice import UdpVoice


class VoiceUplink:
    """Sends voice frames over a connection, unless the server has not those before in time."""

    def __init__(self, connection: WebSocket) -> None:
        self._connection = connection
        self._window = AckWindow()
        self._way = OneWayDelay()
        self._held_back = 0
        self._begins_anew = True
        self.udp: UdpVoice | None = None
        """By what voice may go beside the connection, in a visit where it may."""

    def send(self, frame: UplinkFrame, visit: int, rtt: float) -> None:
        """Send a frame of this visit; ``rtt`` is the connection's round trip in seconds."""
        if frame.flags & Flags.DISCONTINUITY:
            self.begin_anew()
        udp = self.udp if self.udp is not None and self.udp.by_udp else None
        if udp is not None:
            self._window.passed_by(frame.media_time)
        else:
            self._window.rtt = rtt
            if not self._window.admits(frame.media_time):
                self._held_back += 1
                return
        if self._begins_anew:
            # Even if the frame with this flag was not admitted, or was lost on the way.
            frame = replace(frame, flags=frame.flags | Flags.START | Flags.DISCONTINUITY)
            self._begins_anew = False
        message = replace(frame, visit=visit).encode()
        if udp is not None:
            udp.send_frame(message, frame.media_time)
        else:
            self._connection.send_voice(message)

    def begin_anew(self) -> None:
        """Send the next frame as the first of a voice, which nothing before says anything of."""
        self._window = AckWindow()
        self._begins_anew = True

    def receive(self, ack: Ack) -> None:
        """Take in what the server says of the voice that it has."""
        self._way.received(ack)
        self._window.acknowledged(ack.media_time)

    @property
    def dropped(self) -> int:
        """Frames that did not leave in time."""
        by_udp = self.udp.dropped if self.udp is not None else 0
        return self._held_back + self._connection.stream.voice_dropped + by_udp

    @property
    def load(self) -> UplinkLoad:
        """How much of what is said waits, in this machine and on the way."""
        waiting = self._connection.stream.voice_waiting
        return UplinkLoad(waiting, self._way.queueing, self.dropped)
