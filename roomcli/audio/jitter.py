"""The jitter buffer of one speaker: packets come in irregularly, sound goes out every 10 ms.

Playout delay is measured, not counted: how long after the fastest packets' schedule a sample is
handed out. It is steered to what ``delay`` finds best: freely between talk spurts, by splicing
pitch periods (``stretch``) within one. What is missing is concealed by Opus and fades to silence;
what was only late plays on afterwards, and the time is made up. So a stall of TCP, a gap and then a
burst, costs a pause and a second or two of faster speech, but no word.

No clock is read here: ``now`` is an argument, in seconds of any monotonic clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from roomcli.errors import AudioError

from .comfort_noise import ComfortNoise
from .declared import DeclaredLevels
from .delay import FIRST_GUESS
from .intake import Intake
from .pace import LOOKAHEAD, Pace
from .packets import Packet
from .samples import BLOCK, FRAME, RATE, Samples, silence
from .stretch import FADE, join, shorten

_FADED: Final = RATE // 10  # concealment has become silence after 100 ms
_FULL: Final = RATE // 50  # and is at its full level for the first 20
_PLC_STEP: Final = RATE // 400  # 2.5 ms: Opus conceals multiples of it


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
    frame_ms: float  # of the packet decoded last
    expected: int  # packets that were sent, by their sequence numbers
    received: int  # packets, each counted once
    octets: int  # of their payloads
    concealed: int  # samples made up
    accelerated: int  # samples left out to catch up
    decelerated: int  # samples played twice to wait
    late: int  # packets that came when their time had been filled
    doubles: int  # packets that had come before
    corrupt: int  # packets that were no Opus
    dropped: int  # packets that were too old, too many or absurd
    active: bool  # a talk spurt is being played


class JitterBuffer:
    """The jitter buffer: ``push`` takes packets, ``pull`` gives 480 samples every 10 ms."""

    def __init__(self, decoder: VoiceDecoder, first_guess: float = FIRST_GUESS) -> None:
        """Make a buffer; ``first_guess`` is how many seconds late packets are at first supposed."""
        self.declared = DeclaredLevels()
        self._decoder = decoder
        self._intake = Intake(first_guess)
        self._pace = Pace()
        self._comfort = ComfortNoise()
        self._pcm = silence(0)  # decoded and not handed out
        self._length = FRAME  # of the packet decoded last
        self._playing = False
        self._ended = False  # the packet decoded last was the last of its spurt
        self._missing = 0  # samples concealed since a packet was decoded
        self._shown_delay = self._target = 0
        self._concealed = self._accelerated = self._decelerated = self._corrupt = 0

    def push(self, packet: Packet, now: float) -> None:
        """Take a packet that arrived at ``now``; never raises, whatever its numbers are.

        A gap in sequence and media time is loss; in media time alone it is silence.
        """
        if self._intake.push(packet, round(now * RATE)) and self._playing:
            self._stop()

    def stood_still(self, now: float, missing: int) -> None:
        """Note that this machine, not the network, stood still until ``now``.

        ``missing`` samples of silence were played meanwhile. What should have been heard in that
        time is left out at once, and packets that waited to be read are not late.
        """
        self._intake.excuse(round(now * RATE))
        self._pace.may_leap(missing)

    def pull(self, now: float) -> Samples:
        """Return the next 10 ms, float32[480]; silence when nothing is due."""
        at = round(now * RATE)
        self._intake.drop_old(at)
        if self._playing:
            self._keep_pace(at)
        while len(self._pcm) < BLOCK:
            self._extend(at + len(self._pcm))
        block, self._pcm = self._pcm[:BLOCK], self._pcm[BLOCK:]
        return block

    @property
    def media_time(self) -> int | None:
        """The media time of the sample that is handed out next; None before the first one."""
        position = self._intake.position
        return None if position is None else position - len(self._pcm)

    @property
    def is_playing(self) -> bool:
        """Whether a talk spurt is being played."""
        return self._playing

    def stats(self) -> JitterStats:
        """Return the statistics so far."""
        return JitterStats(
            delay_ms=self._shown_delay * 1000 / RATE,
            target_ms=self._target * 1000 / RATE,
            frame_ms=self._length * 1000 / RATE,
            expected=self._intake.expected,
            received=self._intake.received,
            octets=self._intake.octets,
            concealed=self._concealed,
            accelerated=self._accelerated,
            decelerated=self._decelerated,
            late=self._intake.late,
            doubles=self._intake.doubles,
            corrupt=self._corrupt,
            dropped=self._intake.dropped,
            active=self._playing,
        )

    def close(self) -> None:
        """Free the decoder; a second call does nothing."""
        self._decoder.close()

    # What goes out

    def _extend(self, at: int) -> None:
        """Append at least one sample to the decoded sound; it will be handed out at ``at``."""
        head = self._intake.queue.head
        if not self._playing:
            # Begun with a block, packets may come until the latest moment.
            if head is None or self._pcm.size or self._waits(head, at):
                self._append(self._comfort.fill(BLOCK - len(self._pcm)))
            else:
                self._begin_spurt(at)
        elif head is not None and head.media_time == self._intake.position:
            self._continue()
        elif self._is_silence(head):
            self._stop()
        elif head is not None and self._may_jump(head, at):
            self._pace.skipped(head.media_time - (self._intake.position or 0))
            self._continue()
        elif self._missing >= _FADED:
            self._playing = False
        else:
            # No more than the block lacks, so that the next packet begins with a block.
            lacking = -(-(BLOCK - len(self._pcm)) // _PLC_STEP) * _PLC_STEP
            self._append(self._conceal(lacking))
            self._concealed += lacking
            self._missing += lacking
            self._pace.skipped(-lacking)

    def _waits(self, head: Packet, at: int) -> bool:
        """Whether a spurt that begins with ``head`` should not begin at ``at``."""
        return not self._intake.is_settled(at) or self._wait_for(head, at) > 0

    def _wait_for(self, head: Packet, at: int) -> int:
        """Return for how many samples a spurt that begins with ``head`` should wait."""
        delay = at - self._intake.delay.base - head.media_time
        self._target = self._intake.delay.delay_for(delay)
        return self._target - delay

    def _is_silence(self, head: Packet | None) -> bool:
        """Whether the speaker paused, so that there is nothing to conceal."""
        if self._ended:
            return True
        return head is not None and (head.opens or head.sequence == self._intake.sequence + 1)

    def _may_jump(self, head: Packet, at: int) -> bool:
        """Whether a lost stretch is concealed enough to go on with ``head``.

        It is when its time has passed, or earlier when there is delay to be made up.
        """
        position = self._intake.position or 0
        gap = head.media_time - position
        return self._missing >= gap or self._wait_for(head, at) <= 0

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
        going = self._conceal(FADE) if self._missing else None
        pcm = self._decode()
        self._append(pcm if going is None else join(going, pcm))

    def _stop(self) -> None:
        """End a talk spurt: the sound fades into the noise of its pause, or into silence."""
        going = self._conceal(FADE)
        self._comfort.begin_pause()
        fall = np.linspace(1.0, 0.0, FADE, dtype=np.float32)
        self._append(going * fall + self._comfort.fill(FADE) * (1.0 - fall))
        self._playing = False
        self._missing = 0

    def _decode(self) -> Samples:
        packet = self._intake.take()
        try:
            pcm = self._decoder.decode(packet.payload)
            self._missing = 0
            self._length = len(pcm)
            if packet.level is not None:
                self.declared.compare(packet.level, pcm)
        except AudioError:
            self._corrupt += 1
            pcm = self._conceal(self._length)
            self._missing += len(pcm)
            self._concealed += len(pcm)
        self._intake.position = packet.media_time + len(pcm)
        self._ended = packet.end
        self._pace.learn_level(pcm)
        self._comfort.learn(pcm)
        return pcm

    def _decode_ahead(self, count: int) -> None:
        while len(self._pcm) < count:
            head = self._intake.queue.head
            if head is None or head.media_time != self._intake.position:
                return
            self._continue()

    def _conceal(self, count: int) -> Samples:
        """Return ``count`` made-up samples, fainter the longer it lasts; changes no counter."""
        if self._missing >= _FADED:
            return silence(count)
        try:
            pcm = self._decoder.conceal(count)
        except AudioError:
            return silence(count)
        elapsed = np.arange(self._missing, self._missing + count, dtype=np.float32)
        gain = np.clip((_FADED - elapsed) / (_FADED - _FULL), 0.0, 1.0)
        return (pcm * gain).astype(np.float32)

    def _append(self, pcm: Samples) -> None:
        self._pcm = np.concatenate((self._pcm, pcm)) if len(self._pcm) else pcm

    # Keeping pace

    def _excess_at(self, at: int) -> int:
        """Return by how many samples the delay of the sound due at ``at`` exceeds the target."""
        media_time = (self._intake.position or 0) - len(self._pcm)
        self._shown_delay = at - self._intake.delay.base - media_time
        least = self._pace.least(at - media_time) - self._intake.delay.base
        # How late the next packet may come: to the beginning of the block that needs it.
        reach = least - len(self._pcm) % BLOCK
        self._target = self._intake.delay.delay_for(reach)
        return least - self._target

    def _keep_pace(self, at: int) -> None:
        """Bring the delay nearer to its target by at most one splice."""
        excess = self._excess_at(at)
        if (leap := self._pace.leap(excess)) > 0:
            self._leave_out(leap)
            return
        excess = self._pace.needed(excess)
        if excess == 0 or self._missing:
            return
        self._decode_ahead(LOOKAHEAD)
        before = len(self._pcm)
        self._pcm = self._pace.splice(self._pcm, excess)
        self._accelerated += max(before - len(self._pcm), 0)
        self._decelerated += max(len(self._pcm) - before, 0)

    def _leave_out(self, count: int) -> None:
        """Go on ``count`` samples later, as far as they are there."""
        self._decode_ahead(count + FADE)
        count = max(min(count, len(self._pcm) - FADE), 0)
        self._pcm = shorten(self._pcm, count)
        self._pace.skipped(count)
        self._accelerated += count
