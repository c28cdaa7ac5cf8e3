"""Hearing oneself: the own voice, processed and encoded as others get it, a second later.

The second lets people hear themselves apart from what they say: a voice that comes back within
some tenths makes its owner stutter. And it keeps loudspeakers from howling: what they play is out
of the microphone again, by the echo canceller, before it could come round a second time.
"""

from __future__ import annotations

from collections import deque
from typing import Final

import trio

from ..audio.gate import VoiceGate
from ..audio.mixer import Mixer
from ..audio.packets import Packet
from ..audio.processing.chain import PLAIN, ProcessingChain
from ..audio.processing.reference import EchoReference
from ..audio.samples import Samples
from ..audio.soundcheck import SoundCheck
from ..audio.uplink import Uplink, VoiceEncoder

HOLD: Final = 1.0
"""Seconds by which the own voice is held back, beside the delay that it has for others."""
OWN_VOICE: Final = "own voice"
"""The own voice's name in the mixer; no seat has a name with a space."""


class SelfHearing:
    """Plays a microphone to its owner, and judges it. It is a ``MicrophoneTap``.

    With ``encoder``, what the microphone hears goes through the gate and the codec and comes back;
    without one it comes back from elsewhere, by :meth:`take_packet`. Call :meth:`close` at the end.
    """

    def __init__(self, mixer: Mixer, encoder: VoiceEncoder | None) -> None:
        self.check = SoundCheck()
        self._mixer = mixer
        self._loop: Uplink | None = None
        if encoder is not None:
            # The sound that it gets went through its processing already.
            self._loop = Uplink(ProcessingChain(PLAIN, EchoReference()), encoder, VoiceGate())
            self._loop.begin_sending(0)
        self._held: deque[tuple[float, Packet]] = deque()

    def hear_raw(self, block: Samples, reference: Samples) -> None:
        """Judge the next block of the device."""
        self.check.push(block, reference)

    def hear_processed(self, block: Samples) -> None:
        """Take the next block on its way, and play what has been held long enough."""
        if self._loop is not None:
            for frame in self._loop.push(block, 0.0):
                self.take_packet(
                    Packet(
                        frame.sequence,
                        frame.media_time,
                        frame.payload,
                        start=frame.start,
                        end=frame.end,
                        discontinuity=frame.discontinuity,
                    )
                )
        self._play_due(trio.current_time())

    def take_packet(self, packet: Packet) -> None:
        """Take a packet of the own voice that has just come back."""
        self._held.append((trio.current_time() + HOLD, packet))

    def close(self) -> None:
        """Play nothing more, and free the codec."""
        self._held.clear()
        self._mixer.remove(OWN_VOICE)
        if self._loop is not None:
            self._loop.give_back()

    def _play_due(self, now: float) -> None:
        while self._held and self._held[0][0] <= now:
            # It came back so long ago as it was held: that this task was late is no jitter.
            due, packet = self._held.popleft()
            self._mixer.buffer_of(OWN_VOICE).push(packet, due)
