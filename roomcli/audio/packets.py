"""The packets of one speaker that wait to be decoded: sorted, without doubles, bounded."""

from __future__ import annotations

import bisect
from dataclasses import dataclass
from typing import Final

from .samples import BLOCK, FRAME

_MOST: Final = 256  # packets: 0.64 s of the shortest there are; the jitter buffer's cap is less
_REMEMBERED: Final = 256  # packets; repeats come within some ticks
_OVERTAKEN: Final = 10  # packets that may come before one that was sent earlier


@dataclass(frozen=True, slots=True)
class Packet:
    """An Opus packet as its sender made it.

    ``sequence`` (+1 per packet sent) and ``media_time`` (of the first sample, at 48 kHz, running on
    through silence) are unwrapped. ``level`` is what the sender says of it, in dBov.
    """

    sequence: int
    media_time: int
    payload: bytes
    start: bool = False
    end: bool = False
    discontinuity: bool = False
    level: int | None = None

    @property
    def opens(self) -> bool:
        """Whether the gap before the packet was silence, not loss."""
        return self.start or self.discontinuity


class SeenPackets:
    """The packets that came last, so that a repeated one is known as one."""

    def __init__(self) -> None:
        self._seen: dict[tuple[int, int], None] = {}

    def knows(self, packet: Packet) -> bool:
        """Whether the packet has come before."""
        return (packet.sequence, packet.media_time) in self._seen

    def overtook(self, packet: Packet) -> bool:
        """Whether one that was sent right after it has come before it, by the same clock."""
        return any(
            (packet.sequence + after, packet.media_time + after * length) in self._seen
            for after in range(1, _OVERTAKEN + 1)
            for length in (BLOCK, FRAME)
        )

    def add(self, packet: Packet) -> bool:
        """Note a packet; return whether it is new."""
        if self.knows(packet):
            return False
        self._seen[packet.sequence, packet.media_time] = None
        if len(self._seen) > _REMEMBERED:
            del self._seen[next(iter(self._seen))]
        return True

    def clear(self) -> None:
        """Forget all of them."""
        self._seen.clear()


class SequenceSpan:
    """The sequence numbers from the first to the newest packet (RFC 3550, appendix A.3)."""

    def __init__(self) -> None:
        self._first: int | None = None
        self._newest = 0

    def add(self, sequence: int) -> None:
        """Take the number of a packet."""
        first = sequence if self._first is None else self._first
        self._newest = max(self._newest, sequence) if self._first is not None else sequence
        self._first = min(first, sequence)

    @property
    def length(self) -> int:
        """How many packets were sent, as far as those that came tell."""
        return 0 if self._first is None else self._newest - self._first + 1


class PacketQueue:
    """Packets by media time, oldest first. Sequence numbers only tell loss from silence."""

    def __init__(self) -> None:
        self._packets: list[Packet] = []

    def __len__(self) -> int:
        return len(self._packets)

    @property
    def head(self) -> Packet | None:
        """The oldest packet; None if there is none."""
        return self._packets[0] if self._packets else None

    @property
    def newest(self) -> int | None:
        """The media time of the newest packet; None if there is none."""
        return self._packets[-1].media_time if self._packets else None

    def add(self, packet: Packet) -> int:
        """Insert ``packet``; return how many packets were dropped for it (itself too)."""
        at = bisect.bisect_left(self._packets, packet.media_time, key=lambda p: p.media_time)
        if at < len(self._packets) and self._packets[at].media_time == packet.media_time:
            return 1
        self._packets.insert(at, packet)
        if len(self._packets) <= _MOST:
            return 0
        del self._packets[0]
        return 1

    def pop(self) -> Packet:
        """Remove and return the oldest packet."""
        return self._packets.pop(0)

    def drop_before(self, media_time: int) -> int:
        """Drop packets that begin before ``media_time``; return how many there were."""
        if not self._packets or self._packets[0].media_time >= media_time:
            return 0
        at = bisect.bisect_left(self._packets, media_time, key=lambda p: p.media_time)
        del self._packets[:at]
        return at

    def clear(self) -> int:
        """Drop all packets; return how many there were."""
        count = len(self._packets)
        self._packets.clear()
        return count
