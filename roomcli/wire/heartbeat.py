"""Signs of life and round trips, measured by the acknowledgements of the peer."""

from __future__ import annotations

from ..protocol.audio import HOME, Ack

INTERVAL = 0.5
"""Seconds between two acknowledgements of a client."""
TIMEOUT = 5.0
"""Seconds of silence after which the connection is dead."""
MAX_RTT = 2.0
_SAMPLES = 16
_MICRO = 1_000_000


class Heartbeat:
    """Stamps our acknowledgements and reads the peer's. Times are seconds, monotonic.

    ``rtt`` is the least of the last samples: queues make round trips longer, and a peer that is
    behind must not be allowed a longer delay for that.
    """

    def __init__(self, now: float) -> None:
        self._epoch = now
        self._heard_at = now
        self._peer_stamp = 0
        self._peer_stamp_at = now
        self.round_trips: tuple[float, ...] = ()
        """The last round trips in seconds, the newest last."""
        self.rtt = 0.0
        """The round trip in seconds; 0 while unknown, MAX_RTT at most."""

    def heard(self, now: float) -> None:
        """Note that a message of the peer came."""
        self._heard_at = now

    def received(self, ack: Ack, now: float) -> None:
        """Take an acknowledgement of the peer, and measure the round trip by it."""
        self._peer_stamp = ack.stamp
        self._peer_stamp_at = now
        if ack.echo:
            sample = now - self._epoch - (ack.echo + ack.held) / _MICRO
            if 0 <= sample < 3600:
                self.round_trips = (*self.round_trips[1 - _SAMPLES :], sample)
                self.rtt = min(*self.round_trips, MAX_RTT)

    def ack(self, media_time: int, now: float, visit: int = HOME, delay: int | None = None) -> Ack:
        """Return the acknowledgement to send now, of this visit to a room."""
        stamp = max(1, int((now - self._epoch) * _MICRO))
        held = int((now - self._peer_stamp_at) * _MICRO)
        echo, held = (self._peer_stamp, held) if self._peer_stamp else (0, 0)
        return Ack(media_time, stamp, echo, held, visit, delay)

    def is_dead(self, now: float) -> bool:
        """Whether the peer has been silent for too long."""
        return now - self._heard_at > TIMEOUT
