"""How voice goes both ways in a room: measured, told, and what is chosen by it."""

from __future__ import annotations

import logging

from ..protocol.audio import UplinkFrame
from ..protocol.health import Stats
from ..protocol.local import Connection, Levels
from .health import Health
from .hearing import Hearing
from .link import ServerConnection
from .low_delay import LowDelayChoice, first_guess
from .voice import AudioDevices

log = logging.getLogger(__name__)


class VoiceQuality:
    """Has bitrate and delay follow the link over which voice goes. Times are in seconds."""

    def __init__(self, link: ServerConnection, voice: AudioDevices, hearing: Hearing) -> None:
        self._link = link
        self._voice = voice
        self._hearing = hearing
        self._health = Health()
        self._low_delay = LowDelayChoice()

    def send_frame(self, frame: UplinkFrame) -> None:
        """Send and count a frame of the own voice."""
        self._health.sent(frame.media_time, len(frame.payload))
        self._link.send_voice(frame)

    def measure(self, now: float) -> None:
        """Take what devices, link and jitter buffers have counted; called about once a second."""
        capture, playout = self._voice.totals()
        self._health.measure(now, self._link.totals, capture, playout, self._hearing.stats())
        self._link.playing_delay = self._health.playing_delay

    def figures(self) -> Stats:
        """Return all figures as they were measured last."""
        return self._health.figures()

    def choose_bitrate(self, now: float) -> None:
        """Send as many bits as the way to the server takes."""
        self._voice.encoding.update(self._link.uplink_load, now)

    def choose_delay(self, now: float, *, permitted: bool) -> None:
        """Have voices with less delay while the link is good and the room permits it."""
        self._voice.mixer.first_guess = first_guess(self._link.round_trips)
        was = self._low_delay.is_on
        chosen = self._low_delay.look(
            permitted=permitted,
            round_trips=self._link.round_trips,
            dropped=self._link.voice_dropped,
            now=now,
        )
        if chosen != was:
            log.info("low delay is %s", "on" if chosen else "off")
            self._voice.keep_delay_low(chosen)

    def heard_now(self, now: float) -> Levels:
        """Return how loud everybody is, and with which delay they are heard."""
        return Levels(
            microphone=self._voice.level,
            speakers=self._hearing.levels(now),
            delays_ms=self._hearing.delays_ms(),
        )

    @property
    def connection(self) -> Connection | None:
        """How quick the connection is; None before that is known."""
        if self._link.rtt is None:
            return None
        rtt_ms = round(self._link.rtt * 1000, 1)
        return Connection(state="connected", rtt_ms=rtt_ms, low_delay=self._low_delay.is_on)
