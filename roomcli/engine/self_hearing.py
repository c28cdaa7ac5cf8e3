"""Hearing oneself: the own voice, processed and encoded as others get it, a second later.

The second lets people hear themselves apart from what they say: a voice that comes back within
some tenths makes its owner stutter. And it keeps loudspeakers from howling: what they play is out
of the microphone again, by the echo canceller, before it could come round a second time.
"""

from __future__ import annotations

from collections import deque
from typing import Final, Protocol

import trio

from ..audio.controlled_encoder import ControlledEncoder
from ..audio.encoder_control import EncoderControl
from ..audio.gate import Sensitivity, VoiceGate
from ..audio.mixer import Mixer
from ..audio.packets import Packet
from ..audio.processing.chain import PLAIN, ProcessingChain
from ..audio.processing.reference import EchoReference
from ..audio.samples import Samples
from ..audio.soundcheck import SoundCheck
from ..audio.uplink import Uplink

HOLD: Final = 1.0
"""Seconds by which the own voice is held back, beside the delay that it has for others."""
OWN_VOICE: Final = "own voice"
"""The own voice's name in the mixer; no seat has a name with a space."""


class Sending(Protocol):
    """How a voice is sent at this moment; ``AudioDevices`` is one."""

    encoding: EncoderControl

    @property
    def sensitivity(self) -> Sensitivity:
        """How easily the voice gate opens."""

    @property
    def frame_length(self) -> int:
        """Samples of the frames that are sent."""


class SelfHearing:
    """Plays a microphone to its owner, and judges it. It is a ``MicrophoneTap``.

    What the microphone hears goes through a gate and a codec, as ``sending`` would have it for
    others, and comes back. Without that it comes back from elsewhere, by :meth:`take_packet`. Call
    :meth:`close` at the end. Raises AudioError without a codec.
    """

    def __init__(self, mixer: Mixer, sending: Sending | None) -> None:
        self.check = SoundCheck()
        self._mixer = mixer
        self._loop = _CodecLoop(sending) if sending is not None else None
        self._held: deque[tuple[float, Packet]] = deque()

    def hear_raw(self, block: Samples, reference: Samples | None) -> None:
        """Judge the next block of the device."""
        self.check.push(block, reference)

    def hear_processed(self, block: Samples) -> None:
        """Take the next block on its way, and play what has been held long enough."""
        if self._loop is not None:
            for packet in self._loop.push(block):
                self.take_packet(packet)
        self._play_due(trio.current_time())

    def take_packet(self, packet: Packet) -> None:
        """Take a packet of the own voice that has just come back."""
        self._held.append((trio.current_time() + HOLD, packet))

    def close(self) -> None:
        """Play nothing more, and free the codec."""
        self._held.clear()
        self._mixer.remove(OWN_VOICE)
        if self._loop is not None:
            self._loop.close()

    def _play_due(self, now: float) -> None:
        while self._held and self._held[0][0] <= now:
            # It came back so long ago as it was held: that this task was late is no jitter.
            due, packet = self._held.popleft()
            self._mixer.buffer_of(OWN_VOICE).push(packet, due)


class _CodecLoop:
    """The way of a processed voice through a gate and a codec of its own: what sends is left alone.

    It follows how the voice is sent from block to block.
    """

    def __init__(self, sending: Sending) -> None:
        self._sending = sending
        self._gate = VoiceGate()
        encoder = ControlledEncoder(sending.encoding, is_sent=False)
        self._uplink = Uplink(ProcessingChain(PLAIN, EchoReference()), encoder, self._gate)
        self._uplink.begin_sending(0)

    def push(self, block: Samples) -> list[Packet]:
        """Take the next 10 ms; return what others would get of it."""
        self._gate.sensitivity = self._sending.sensitivity
        self._uplink.frame_length = self._sending.frame_length
        return [
            Packet(
                frame.sequence,
                frame.media_time,
                frame.payload,
                start=frame.start,
                end=frame.end,
                discontinuity=frame.discontinuity,
            )
            for frame in self._uplink.push(block, 0.0)
        ]

    def close(self) -> None:
        """Free the codec."""
        self._uplink.give_back()
