"""How finely one's own voice is encoded: as the uplink, the machine and the room allow.

Pure: time is an argument, in seconds. The bitrate falls at once when voice waits on its way to the
server, and rises with patience: up to what failed lately in quick steps, beyond that by probes
whose distance doubles while they fail. The complexity does the same by what encoding costs this
machine. Only time in which voice was sent says that there is room for more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

VOICE: Final = 40_000
"""Bits a second of a voice at best: more cannot be heard with one voice."""
MUSIC: Final = 96_000
"""Bits a second of music at best."""
LEAST: Final = 12_000
"""Bits a second below which Opus does no longer sound like the person."""
MOST_COMPLEXITY: Final = 9
LEAST_COMPLEXITY: Final = 5
"""Opus's complexities: five takes half the time of nine and costs a voice 0.2 PESQ; above nine
nothing is won (``benchmarks.encoder``)."""

WAITING: Final = 0.06
"""Seconds that a frame may wait to leave this machine: three frames."""
QUEUEING: Final = 0.08
"""Seconds that the way to the server may take longer than usual; radio alone varies by less."""
_LONG: Final = 0.25
_CUT, _DEEP_CUT = 0.7, 0.5
"""What is left of the bitrate after a cut, and after one for a queue of ``_LONG`` seconds."""
_CUT_PAUSE: Final = 1.0
"""Seconds between two cuts: a queue needs time to drain, and news of it half a second to come."""
_STEP: Final = 1.15
_CLEAR: Final = 1.0
"""Seconds of clear sending before a step up that failed neither lately nor nearly."""
_PROBE: Final = 5.0
_PROBE_MOST: Final = 15.0
"""Seconds of clear sending before a step to where it failed; doubled each time it fails again."""
_AGAIN: Final = 0.75
"""A probe that fails with less than this share of what failed before has met another uplink."""
_PROOF: Final = 2.0
"""Seconds of clear sending after which a probe has shown that the uplink takes more than before."""
_BY_PROBE: Final = 3.0
"""Seconds after a step up in which a queue is the step's fault; later the uplink has changed."""
_SHRINKS: Final = 0.7
_NEARLY: Final = 0.85
_TRIED: Final = 0.9

BUSY: Final = 0.2
"""The share of real time that encoding may take."""
_IDLE: Final = 0.1
LATE: Final = 0.1
"""Seconds by which the sound of the microphone may wait to be encoded: half of what is kept."""
_MEASURED: Final = 0.5
"""Seconds of voice over which that share is measured: one pause of the machine is none of ours."""
_LOWER_PAUSE: Final = 1.0
_CALM: Final = 10.0


@dataclass(frozen=True, slots=True)
class UplinkLoad:
    """What the uplink tells of itself, in seconds and frames.

    ``waiting`` is how long the oldest voice frame waits to leave this machine, ``queueing`` how
    much longer than usual the way to the server takes, ``dropped`` how many frames our own link
    has dropped so far.
    """

    waiting: float = 0.0
    queueing: float = 0.0
    dropped: int = 0


class BitrateControl:
    """The bitrate, in bits a second: between :data:`LEAST` and ``most``, which may be set."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.bitrate = most
        self._failed = float("inf")
        self._failed_before = 0
        self._probe = _PROBE
        self._clear = 0.0
        self._queue = 0.0
        """The seconds that waited at the last cut, while that is not over; else 0."""
        self._cut_at = self._raised_at = float("-inf")
        self._dropped: int | None = None

    @property
    def most(self) -> int:
        """The bitrate of a good uplink."""
        return self._most

    @most.setter
    def most(self, bits: int) -> None:
        if bits > self._most:
            # Nothing is known against it, but for what failed.
            self.bitrate = max(self.bitrate, _rounded(min(bits, _NEARLY * self._failed)))
        self._most = bits
        self.bitrate = min(self.bitrate, bits)

    def follow_uplink(self, load: UplinkLoad, sent: float, now: float) -> None:
        """Follow the uplink; ``sent`` is the seconds of voice sent since the last time."""
        dropped = self._dropped is not None and load.dropped > self._dropped
        self._dropped = load.dropped
        if dropped or load.waiting > WAITING or load.queueing > QUEUEING:
            self._clear = 0.0
            queue = max(load.waiting, load.queueing)
            shrinks = not dropped and queue < _SHRINKS * self._queue
            if now - self._cut_at >= _CUT_PAUSE and not shrinks:
                self._cut(queue, now)
        else:
            self._queue = 0.0
            self._clear += sent
            self._raise_if_due(now)

    def _cut(self, queue: float, now: float) -> None:
        if not self._queue:  # else this is the queue of what failed before
            by_probe = now - self._raised_at < _BY_PROBE
            again = by_probe and self.bitrate >= _AGAIN * self._failed_before
            self._probe = min(2 * self._probe, _PROBE_MOST) if again else _PROBE
            self._failed = self._failed_before = self.bitrate
        self._queue = max(queue, WAITING)
        self._cut_at = now
        left = _DEEP_CUT if queue > _LONG else _CUT
        self.bitrate = max(min(LEAST, self._most), _rounded(left * self.bitrate))

    def _raise_if_due(self, now: float) -> None:
        if self.bitrate >= _TRIED * self._failed and self._clear >= _PROOF:
            self._failed = float("inf")
        higher = min(_rounded(_STEP * self.bitrate), self._most)
        patience = _CLEAR if higher <= _NEARLY * self._failed else self._probe
        if higher > self.bitrate and self._clear >= patience:
            self.bitrate = higher
            self._raised_at = now
            self._clear = 0.0


class ComplexityControl:
    """Opus's complexity, by what encoding costs: between the two that are named above."""

    def __init__(self) -> None:
        self.complexity = MOST_COMPLEXITY
        self._encoded = self._work = self._share = self._calm = 0.0
        self._lower_at = float("-inf")

    def follow_machine(self, encoded: float, work: float, late: float, now: float) -> None:
        """Follow the machine.

        ``work`` is how long it took to encode ``encoded`` seconds of voice, ``late`` by how much
        the microphone's sound waited at most to be encoded.
        """
        self._encoded += encoded
        self._work += work
        self._calm += encoded
        if self._encoded >= _MEASURED:
            self._share = self._work / self._encoded
            self._encoded = self._work = 0.0
        if (late > LATE or self._share > BUSY) and now - self._lower_at >= _LOWER_PAUSE:
            self.complexity = max(LEAST_COMPLEXITY, self.complexity - 2)
            self._lower_at = now
            self._share = self._calm = 0.0
        elif self._share >= _IDLE:
            self._calm = 0.0
        elif self._calm >= _CALM:
            self.complexity = min(MOST_COMPLEXITY, self.complexity + 1)
            self._calm = 0.0


class EncoderControl:
    """Bitrate and complexity of one's own voice; an encoder asks for them with each frame."""

    def __init__(self) -> None:
        self._bitrate = BitrateControl(VOICE)
        self._complexity = ComplexityControl()
        self._ceiling = MUSIC
        self._is_music = False
        self._sent = self._encoded = self._work = self._late = 0.0

    @property
    def bitrate(self) -> int:
        """Bits a second, of the payload and on average."""
        return self._bitrate.bitrate

    @property
    def complexity(self) -> int:
        """Opus's complexity, 0 to 10."""
        return self._complexity.complexity

    @property
    def ceiling(self) -> int:
        """The most bits a second that the room allows."""
        return self._ceiling

    @ceiling.setter
    def ceiling(self, bits: int) -> None:
        self._ceiling = bits
        self._aim()

    @property
    def is_music(self) -> bool:
        """Whether the sound is music, which is worth more bits than a voice."""
        return self._is_music

    @is_music.setter
    def is_music(self, music: bool) -> None:
        self._is_music = music
        self._aim()

    def encoded(self, length: float, work: float, *, is_sent: bool = True) -> None:
        """Note that it took ``work`` seconds to encode ``length`` seconds of voice.

        What is not sent, as its owner alone hears it, says nothing of the uplink.
        """
        self._encoded += length
        self._work += work
        if is_sent:
            self._sent += length

    def pumped(self, late: float) -> None:
        """Note that the sound of the microphone has waited for ``late`` seconds."""
        self._late = max(self._late, late)

    def update(self, load: UplinkLoad | None, now: float) -> None:
        """Follow uplink and machine; call it about ten times a second.

        ``load`` is None without a connection.
        """
        if load is not None:
            self._bitrate.follow_uplink(load, self._sent, now)
        self._complexity.follow_machine(self._encoded, self._work, self._late, now)
        self._sent = self._encoded = self._work = self._late = 0.0

    def _aim(self) -> None:
        self._bitrate.most = min(MUSIC if self._is_music else VOICE, self._ceiling)


def _rounded(bits: float) -> int:
    return round(bits / 100) * 100
