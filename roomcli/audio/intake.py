"""What a speaker's packets go through when they arrive: which are played, and what they tell.

Packets may come twice, late, in another order, or with numbers that began anew because their
speaker did. A packet whose time has passed is not played; many of them in a row, and nothing else,
mean that the speaker's numbers began anew.
"""

from __future__ import annotations

from typing import Final

from .delay import FIRST_GUESS, DelayEstimator
from .packets import Packet, PacketQueue, SeenPackets, SequenceSpan
from .samples import BLOCK, FRAME, RATE

_CAP: Final = RATE // 2  # a sample that is later than 500 ms is not played any more
_LARGEST: Final = 1500  # bytes of payload; ours have about 100
_PATIENCE: Final = 10  # stale packets in a row, until the past is taken for the present
_LONGEST_PAST: Final = RATE * 3 // 10  # and for how long at least
_HELD_BACK: Final = 6 * FRAME  # samples from a start on that may be pre-roll
_BACKLOG: Final = RATE // 50  # packets that waited for a machine that stood still are read within


class Intake:
    """The packets of one speaker up to the decoder; the counters only grow.

    All times are in samples at 48 kHz.
    """

    def __init__(self, first_guess: float = FIRST_GUESS) -> None:
        self.delay = DelayEstimator(first_guess)
        self.queue = PacketQueue()
        self.position: int | None = None  # media time up to which packets were taken
        self.sequence = 0  # of the packet taken last
        self.late = 0  # packets that came when their time had been filled
        self.doubles = 0  # packets that had come before
        self.dropped = 0  # packets that were too old, too many or absurd
        self.received = 0  # packets that had not come before
        self.octets = 0  # of their payloads
        self._span = SequenceSpan()
        self._expected_before = 0
        self._seen = SeenPackets()
        self._stale = 0  # packets in a row that are not to be played
        self._stale_since = 0
        self._held_back_until = 0
        self._settles_at = 0
        self._knows_clock = False
        self._last_arrival = 0
        self._last_media = 0
        self._read_late_until = 0

    @property
    def expected(self) -> int:
        """The packets that were sent, by their sequence numbers, whether they came or not."""
        return self._expected_before + self._span.length

    def push(self, packet: Packet, arrival: int) -> bool:
        """Take a packet; return whether the speaker began anew with it."""
        if not 0 < len(packet.payload) <= _LARGEST:
            self.dropped += 1
            return False
        anew = self._jumped(packet, arrival)
        if not anew and self._is_stale(packet, arrival):
            anew = self._lost_patience(arrival)
            if not anew:
                return False
        if anew:
            self._begin_anew()
        self._seen.add(packet)
        self._count(packet)
        self._stale = 0
        self._observe(packet, arrival)
        self.dropped += self.queue.add(packet)
        return anew

    def is_settled(self, at: int) -> bool:
        """Whether the pre-roll of a talk spurt has come, as far as can be told.

        It is old when it comes, packet after packet. Whoever begins with the first of them cannot
        leave out what is silent of the others, and of a first spurt does not even know that it is
        old.
        """
        return at >= self._settles_at

    def take(self) -> Packet:
        """Remove and return the oldest packet, to be decoded."""
        packet = self.queue.pop()
        self.sequence = packet.sequence
        return packet

    def drop_old(self, at: int) -> None:
        """Drop packets that are over the cap or that the packet taken before has covered."""
        if len(self.queue):
            self.dropped += self.queue.drop_before(at - self.delay.base - _CAP)
        if self.position is not None:
            self.late += self.queue.drop_before(self.position)

    def excuse(self, until: int) -> None:
        """Note that nobody read packets before ``until``: those that come now came earlier."""
        self.delay.excuse(until - _BACKLOG)
        self._read_late_until = until + _BACKLOG

    def _jumped(self, packet: Packet, arrival: int) -> bool:
        """Whether the packet's clock is unrelated to that of the packets before it."""
        newest = max(self.position or 0, self.queue.newest or 0)
        back = packet.discontinuity and packet.media_time < newest
        return self.delay.is_wild(arrival, packet.media_time) or (
            back and not self._seen.knows(packet) and not self._seen.overtook(packet)
        )

    def _is_stale(self, packet: Packet, arrival: int) -> bool:
        """Whether the packet came before, or after its time."""
        if self._seen.knows(packet):
            self.doubles += 1
            return True
        if self.position is None or (
            packet.media_time >= self.position and packet.sequence > self.sequence
        ):
            return False
        self.late += 1
        self._seen.add(packet)
        self._count(packet)
        self._observe(packet, arrival)
        return True

    def _lost_patience(self, arrival: int) -> bool:
        """Whether stale packets have come for so long that the past is the present."""
        if self._stale == 0:
            self._stale_since = arrival
        self._stale += 1
        return self._stale >= _PATIENCE and arrival - self._stale_since >= _LONGEST_PAST

    def _begin_anew(self) -> None:
        """Forget the speaker's numbers; what is known of the network is kept."""
        self.dropped += self.queue.clear()
        self._seen.clear()
        self.delay.restart()
        self.position = None
        self._stale = 0
        self._count_anew()

    def _count(self, packet: Packet) -> None:
        if packet.discontinuity:
            self._count_anew()
        self.received += 1
        self.octets += len(packet.payload)
        self._span.add(packet.sequence)

    def _count_anew(self) -> None:
        self._expected_before, self._span = self.expected, SequenceSpan()

    def _observe(self, packet: Packet, arrival: int) -> None:
        if not self.delay.is_known:
            self._knows_clock = False
        at_once = self._was_sent_at_once(packet, arrival)
        self._knows_clock = self._knows_clock or at_once
        self.delay.observe(arrival, packet.media_time, at_once and arrival >= self._read_late_until)
        age = arrival - packet.media_time - self.delay.base
        more = not at_once and (age >= BLOCK or not self._knows_clock)
        self._settles_at = arrival + BLOCK if more else arrival

    def _was_sent_at_once(self, packet: Packet, arrival: int) -> bool:
        """Whether a packet's lateness comes from the network, not from a gate's pre-roll."""
        apart = packet.media_time - self._last_media
        together = 2 * (arrival - self._last_arrival) < apart
        self._last_arrival, self._last_media = arrival, packet.media_time
        if packet.start:
            self._held_back_until = packet.media_time + _HELD_BACK
            return False
        if not together:
            self._held_back_until = packet.media_time
        return packet.media_time >= self._held_back_until
