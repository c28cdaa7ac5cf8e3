"""Signs of life and round trips, measured by the acknowledgements of the peer."""

from __future__ import annotations

from ..protocol.audio import HOME, Ack

INTERVAL = 0.5
"""Seconds between two acknowledgements of a client."""
LARGE_AUDIENCE = 1000
"""Above so many listeners these acknowledge less often: all of it costs a server much."""
LARGE_INTERVAL = 1.0
"""Seconds between two acknowledgements of a listener among more than :data:`LARGE_AUDIENCE`."""
TIMEOUT = 5.0
"""Seconds of silence after which the connection is dead."""
FIRST_ANSWERS = 4
"""Acknowledgements of a peer that are answered in any case: both sides learn their round trip."""
ANSWER_SECONDS = 1.5
"""Seconds after which a peer is answered that was sent nothing else; well within TIMEOUT."""
RENEWAL_SECONDS = 5.0
"""Seconds after which every peer is answered: two clocks that differ by 100 ppm are then half a
millisecond apart, and a round trip is true to that."""
MAX_RTT = 2.0
_SAMPLES = 16
_MICRO = 1_000_000


def ack_interval(audience: int, *, on_stage: bool) -> float:
    """Return the seconds until a client's next acknowledgement, in a room with this audience."""
    return INTERVAL if on_stage or audience <= LARGE_AUDIENCE else LARGE_INTERVAL


class Heartbeat:
    """Stamps our acknowledgements and reads the peer's. Times are seconds, monotonic.

    ``rtt`` is the least of the last samples: queues make round trips longer, and a peer that is
    behind must not be allowed a longer delay for that.
    """

    __slots__ = (
        "_answered_at", "_answers", "_epoch", "_heard_at", "_peer_stamp", "_peer_stamp_at",
        "_sent_at", "round_trips", "rtt",
    )  # fmt: skip

    def __init__(self, now: float) -> None:
        self._epoch = now
        self._heard_at = now
        self._peer_stamp = 0
        self._peer_stamp_at = now
        self._answers = 0
        self._answered_at = self._sent_at = now
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
                self.rtt = min(min(self.round_trips), MAX_RTT)

    def owes_answer(self, now: float, *, sent: bool = False) -> bool:
        """Whether to answer the acknowledgement that has come, by this side's :meth:`ack`.

        ``sent`` says whether the peer was sent something else since the one before. Who speaks is
        answered in any case.
        """
        if sent:
            self._sent_at = now
        return (
            now - self._sent_at >= ANSWER_SECONDS
            or self._answers < FIRST_ANSWERS
            or now - self._answered_at >= RENEWAL_SECONDS
        )

    def ack(self, media_time: int, now: float, visit: int = HOME, delay: int | None = None) -> Ack:
        """Return the acknowledgement to send now, of this visit to a room."""
        stamp = max(1, int((now - self._epoch) * _MICRO))
        held = int((now - self._peer_stamp_at) * _MICRO)
        echo, held = (self._peer_stamp, held) if self._peer_stamp else (0, 0)
        self._answers += 1
        self._answered_at = self._sent_at = now
        return Ack(media_time, stamp, echo, held, visit, delay)

    def is_dead(self, now: float) -> bool:
        """Whether the peer has been silent for too long."""
        return now - self._heard_at > TIMEOUT
