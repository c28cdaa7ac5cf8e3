"""The echo of a server: at home, a client may have its own voice sent back, to hear itself."""

from __future__ import annotations

from collections import Counter

from roomcli.errors import CommandRefused
from roomcli.protocol.audio import HOME, Bundle, BundleEntry, UplinkFrame
from roomcli.wire.connection import WebSocket

from ..allowances import TokenBucket
from ..rooms.peer import FRAMES_PER_SECOND

MAX_ECHOES = 32
"""Connections that are sent their own voice at once: together they cost what a small room does."""
MAX_PER_NETWORK = 4
BYTES_PER_SECOND = 16_000
"""Voice bytes a second that are sent back: a third more than a voice of 96 kb/s."""


class Echoes:
    """Counts the connections that are sent their own voice."""

    def __init__(self) -> None:
        self._by_network: Counter[str] = Counter()

    def count_in(self, network: str) -> None:
        """Count one more. Raises CommandRefused at a limit."""
        if self._by_network.total() >= MAX_ECHOES or self._by_network[network] >= MAX_PER_NETWORK:
            text = "too many test their sound here now: try again in a minute"
            raise CommandRefused("echo_busy", text)
        self._by_network[network] += 1

    def count_out(self, network: str) -> None:
        """Count one less."""
        self._by_network[network] -= 1
        if not self._by_network[network]:
            del self._by_network[network]


class VoiceEcho:
    """Sends one client's voice back, within what a voice may use."""

    def __init__(self, connection: WebSocket) -> None:
        self._connection = connection
        self._allowance: tuple[TokenBucket, TokenBucket] | None = None
        """Of frames and of their bytes; None while nothing is sent back."""
        self.media_time = 0
        """The media time of the newest frame, to be acknowledged."""

    def switch_on(self, now: float) -> None:
        """Send the voice back from now on."""
        if self._allowance is None:
            self._allowance = (
                TokenBucket(FRAMES_PER_SECOND, FRAMES_PER_SECOND, now),
                TokenBucket(BYTES_PER_SECOND, BYTES_PER_SECOND, now),
            )

    def switch_off(self) -> None:
        """Send nothing back any more."""
        self._allowance = None
        self.media_time = 0

    def send_back(self, frame: UplinkFrame, now: float) -> bool:
        """Send a frame back; return False if nobody asked for it, or if it is too much."""
        if self._allowance is None:
            return False
        self.media_time = frame.media_time
        frames, of_bytes = self._allowance
        if frames.take(1, now) or of_bytes.take(len(frame.payload), now):
            return False
        entry = BundleEntry(
            *(0, 0, frame.sequence, frame.media_time, frame.flags, frame.level, frame.payload)
        )
        self._connection.send_voice(Bundle(frame.media_time, (entry,), HOME).encode())
        return True
