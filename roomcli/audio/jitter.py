"""The jitter buffer of one speaker: packets come in irregularly, sound goes out every 10 ms.

Playout delay is measured, not counted: how long after the fastest packets' schedule a sample is
handed out. It is steered to the target of ``DelayEstimator``: freely between talk spurts, by
splicing pitch periods (``stretch``) within one. What is missing is concealed by Opus and fades to
silence; what was only late plays on afterwards, and the time is made up. So a stall of TCP, a gap
and then a burst, costs a pause and a second or two of slightly faster speech, but no word.

No clock is read here: ``now`` is an argument, in seconds of any monotonic clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from roomcli.errors import AudioError

from .declared import DeclaredLevels
from .delay import DelayEstimator
from .pace import LOOKAHEAD, Pace
from .packets import Packet, PacketQueue
from .samples import BLOCK, FRAME, RATE, Samples, silence
from .stretch import FADE, join

_CAP: Final = RATE // 2  # a sample that is later than 500 ms is not played any more
_FADED: Final = RATE // 10  # concealment has become silence after 100 ms
_FULL: Final = RATE // 50  # and is at its full level for the first 20
_PATIENCE: Final = 10  # packets in a row from the past, until the past is taken for the present
_LARGEST: Final = 1500  # bytes of payload; ours have about 100
_HELD_BACK: Final = 4  # packets after a start that may be pre-roll


class VoiceDecoder(Protocol):
    """The decoder of one speaker's packets; ``opus.Decoder`` is one."""

    def decode(self, payload: bytes) -> Samples: ...
    def conceal(self, samples: int) -> Samples: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class JitterStats:
    """The statistics of a jitter buffer; the counters only grow."""

    delay_ms: float  # from the fastest schedule of arrival to the hand-out of a sample
    target_ms: float
    concealed: int  # samples made up
    accelerated: int  # samples left out to catch up
    decelerated: int  # samples played twice to wait
    late: int  # packets that came when their time had been filled
    dropped: int  # packets that were doubles, too old, too many or absurd
    active: bool  # a talk spurt is being played


class JitterBuffer:
    """The jitter buffer: ``push`` takes packets, ``pull`` gives 480 samples every 10 ms."""

    def __init__(self, decoder: VoiceDecoder) -> None:
        self.declared = DeclaredLevels()
        self._decoder = decoder
        self._delay = DelayEstimator()
        self._queue = PacketQueue()
        self._pcm = silence(0)  # decoded and not handed out
        self._position: int | None = None  # media time after the last sample of _pcm
        self._sequence = 0  # of the packet decoded last
        self._playing = False
        self._ended = False  # the packet decoded last was the last of its spurt
        self._missing = 0  # samples concealed since a packet was decoded
        self._pace = Pace()
        self._held_back = 0
        self._last_arrival = 0
        self._last_media = 0
        self._past = 0  # packets from the past in a row
        self._shown_delay = 0
        self._concealed = self._accelerated = self._decelerated = 0
        self._late = self._dropped = 0

    def push(
        self,
        sequence: int,
        media_time: int,
        start: bool,
        end: bool,
        discontinuity: bool,
        payload: bytes,
        now: float,
        level: int | None = None,
    ) -> None:
        """Take a packet that arrived at ``now``; never raises, whatever the numbers are.

        ``sequence`` (+1 per packet sent) and ``media_time`` (samples at 48 kHz, running on through
        silence) are unwrapped. A gap in both is loss; in media time alone it is silence.
        """
        if not 0 < len(payload) <= _LARGEST:
            self._dropped += 1
            return
        arrival = round(now * RATE)
        back = discontinuity and media_time < max(self._position or 0, self._queue.newest or 0)
        if back or self._delay.is_wild(arrival, media_time):
            self._resynchronise()
        self._delay.observe(arrival, media_time, self._was_sent_at_once(arrival, media_time, start))
        if self._position is not None and media_time < self._position:
            self._late += 1
            self._past += 1
            if self._past < _PATIENCE:
                return
            self._resynchronise()
            self._delay.observe(arrival, media_time, False)
        self._past = 0
        packet = Packet(sequence, media_time, start, end, discontinuity, payload, level)
        self._dropped += self._queue.add(packet)

    def pull(self, now: float) -> Samples:
        """Return the next 10 ms, float32[480]; silence when nothing is due."""
        at = round(now * RATE)
        self._drop_old(at)
        if self._playing:
            self._keep_pace(at)
        while len(self._pcm) < BLOCK:
            self._extend(at + len(self._pcm))
        block, self._pcm = self._pcm[:BLOCK], self._pcm[BLOCK:]
        return block

    def stats(self) -> JitterStats:
        """Return the statistics so far."""
        return JitterStats(
            delay_ms=self._shown_delay * 1000 / RATE,
            target_ms=self._delay.target * 1000 / RATE,
            concealed=self._concealed,
            accelerated=self._accelerated,
            decelerated=self._decelerated,
            late=self._late,
            dropped=self._dropped,
            active=self._playing,
        )

    def close(self) -> None:
        """Free the decoder; a second call does nothing."""
        self._decoder.close()

    # What comes in

    def _was_sent_at_once(self, arrival: int, media_time: int, start: bool) -> bool:
        """Whether a packet's lateness comes from the network, not from a gate's pre-roll."""
        together = 2 * (arrival - self._last_arrival) < media_time - self._last_media
        self._last_arrival, self._last_media = arrival, media_time
        if start:
            self._held_back = _HELD_BACK
            return False
        self._held_back = self._held_back - 1 if together and self._held_back else 0
        return self._held_back == 0

    def _resynchronise(self) -> None:
        """Start again with the next packet, as if it were the speaker's first."""
        self._dropped += self._queue.clear()
        self._delay.restart()
        self._past = 0
        if self._playing:
            self._stop()
        self._position = None

    def _drop_old(self, at: int) -> None:
        """Drop packets that are over the cap or that the packet decoded before has covered."""
        if len(self._queue):
            self._dropped += self._queue.drop_before(at - self._delay.base - _CAP)
        if self._position is not None:
            self._late += self._queue.drop_before(self._position)

    # What goes out

    def _extend(self, at: int) -> None:
        """Append at least one sample to the decoded sound; it will be handed out at ``at``."""
        head = self._queue.head
        if not self._playing:
            room = BLOCK - len(self._pcm)
            wait = room
            if head is not None:
                wait = self._delay.base + head.media_time + self._delay.target - at
            if wait > 0:
                self._append(silence(min(wait, room)))
            else:
                self._begin_spurt(at)
        elif head is not None and head.media_time == self._position:
            self._continue()
        elif self._is_silence(head):
            self._stop()
        elif head is not None and self._may_jump(head, at):
            self._pace.skipped(head.media_time - (self._position or 0))
            self._continue()
        elif self._missing >= _FADED:
            self._playing = False
        else:
            self._append(self._conceal())
            self._concealed += BLOCK
            self._missing += BLOCK
            self._pace.skipped(-BLOCK)

    def _is_silence(self, head: Packet | None) -> bool:
        """Whether the speaker paused, so that there is nothing to conceal."""
        if self._ended:
            return True
        return head is not None and (head.opens or head.sequence == self._sequence + 1)

    def _may_jump(self, head: Packet, at: int) -> bool:
        """Whether a lost stretch is concealed enough to go on with ``head``.

        It is when its time has passed, or earlier when there is delay to be made up.
        """
        position = self._position or 0
        gap = head.media_time - position
        after = at - self._delay.base - head.media_time
        return self._missing >= gap or after >= self._delay.target

    def _begin_spurt(self, at: int) -> None:
        """Start a talk spurt; cut silence off its beginning as far as it is late."""
        self._playing = True
        self._pace.begin_spurt()
        pcm = self._pcm
        self._pcm = silence(0)
        self._append(self._decode())
        excess = self._excess_at(at)
        if excess > 0:
            self._decode_ahead(excess + FRAME)
            most = min(excess, len(self._pcm) - FADE)
            cut = self._pace.quiet_beginning(self._pcm[: max(most, 0)])
            self._pcm = self._pcm[cut:]
            self._accelerated += cut
        self._pcm = np.concatenate((pcm, join(silence(FADE // 2), self._pcm)))

    def _continue(self) -> None:
        """Decode the next packet; if it follows a concealment, fade it in over the end of that."""
        going = self._conceal() if self._missing else None
        pcm = self._decode()
        self._append(pcm if going is None else join(going[:FADE], pcm))

    def _stop(self) -> None:
        """End a talk spurt: the sound fades out instead of breaking off."""
        going = self._conceal()[:FADE]
        self._append(going * np.linspace(1.0, 0.0, len(going), dtype=np.float32))
        self._playing = False
        self._missing = 0

    def _decode(self) -> Samples:
        packet = self._queue.pop()
        try:
            pcm = self._decoder.decode(packet.payload)
            if len(pcm) != FRAME:
                raise AudioError("a packet of another length than the protocol's 20 ms")
            self._missing = 0
            if packet.level is not None:
                self.declared.compare(packet.level, pcm)
        except AudioError:
            pcm = np.concatenate((self._conceal(), self._conceal()))
            self._missing += FRAME
            self._concealed += FRAME
        self._sequence = packet.sequence
        self._position = packet.media_time + len(pcm)
        self._ended = packet.end
        self._pace.learn_level(pcm)
        return pcm

    def _decode_ahead(self, count: int) -> None:
        while len(self._pcm) < count:
            head = self._queue.head
            if head is None or head.media_time != self._position:
                return
            self._continue()

    def _conceal(self) -> Samples:
        """Return 10 ms of made-up sound, fainter the longer it lasts; changes no counter."""
        if self._missing >= _FADED:
            return silence(BLOCK)
        try:
            pcm = self._decoder.conceal(BLOCK)
        except AudioError:
            return silence(BLOCK)
        elapsed = np.arange(self._missing, self._missing + BLOCK, dtype=np.float32)
        gain = np.clip((_FADED - elapsed) / (_FADED - _FULL), 0.0, 1.0)
        return (pcm * gain).astype(np.float32)

    def _append(self, pcm: Samples) -> None:
        self._pcm = np.concatenate((self._pcm, pcm)) if len(self._pcm) else pcm

    # Keeping pace

    def _excess_at(self, at: int) -> int:
        """Return by how many samples the delay of the sound due at ``at`` exceeds the target."""
        self._shown_delay = at - self._delay.base - ((self._position or 0) - len(self._pcm))
        return self._shown_delay - self._delay.target

    def _keep_pace(self, at: int) -> None:
        """Bring the delay nearer to its target by at most one splice."""
        excess = self._pace.needed(self._excess_at(at))
        if excess == 0 or self._missing:
            return
        self._decode_ahead(LOOKAHEAD)
        before = len(self._pcm)
        self._pcm = self._pace.splice(self._pcm, excess)
        self._accelerated += max(before - len(self._pcm), 0)
        self._decelerated += max(len(self._pcm) - before, 0)
