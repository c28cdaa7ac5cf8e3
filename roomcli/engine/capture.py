"""The pump from a microphone to the wire: it reads the device, and ``Uplink`` does the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

import trio

from ..audio.controlled_encoder import ControlledEncoder
from ..audio.device import InputDevice
from ..audio.encoder_control import EncoderControl
from ..audio.gate import VoiceGate
from ..audio.played_device import PlayedDevice
from ..audio.processing.chain import ProcessingChain
from ..audio.samples import BLOCK, FRAME, RATE, Samples
from ..audio.uplink import Accompaniment, Numbering, Uplink, VoiceFrame
from ..errors import AudioError
from ..protocol.audio import Flags, UplinkFrame
from ..protocol.sound import SoundPart, SoundSettings
from .health import CaptureTotals
from .own_sound import processing_of, sensitivity_of
from .wake import Wake

CHECK_SECONDS = 0.25
BACKLOG = 10
"""Frames (0.2 s) that may wait in the ring; older frames are never sent late."""
MOST_LATENCY = 0.2
"""The longest latency of a device that is believed, in seconds."""
LATEST_END = 0.5
"""Seconds after a release at which a device that has not delivered the last words is given up."""


class MicrophoneTap(Protocol):
    """Hears a microphone's sound whether it is sent or not; blocks are float32[480]."""

    def hear_raw(self, block: Samples, reference: Samples | None) -> None:
        """Take the next block as the device gave it, and what the speakers played then.

        None where that is not known, or some of the microphone's sound was lost before.
        """

    def hear_processed(self, block: Samples) -> None:
        """Take the next block as it would be sent."""


class Capture:
    """Captures from one microphone; ``send`` gets the frames while the microphone is open.

    ``control`` says how they are encoded.
    """

    def __init__(
        self,
        device: InputDevice,
        send: Callable[[UplinkFrame], None],
        chain: ProcessingChain,
        numbering: Numbering | None = None,
        control: EncoderControl | None = None,
        beside: Accompaniment | None = None,
    ) -> None:
        self.device = device
        self._send = send
        self._chain = chain
        self._control = control or EncoderControl()
        self._gate = VoiceGate()
        encoder = ControlledEncoder(self._control)
        self._uplink = Uplink(chain, encoder, self._gate, numbering, beside)
        self._running = False
        self._overruns = 0
        self._skipped = 0
        self._finished: Callable[[], object] | None = None
        self._deadline = 0.0
        self._wake = Wake()
        self._tap: MicrophoneTap | None = None

    @property
    def speaks(self) -> bool:
        """Whether somebody speaks, by the voice gate."""
        return self._uplink.speaks

    @property
    def level(self) -> int:
        """The microphone's level in dBov."""
        return self._uplink.level

    def adopt(self, sound: SoundSettings) -> None:
        """Treat the sound so from now on; within a talk spurt, too."""
        self._chain.switch(processing_of(sound))
        self._gate.sensitivity = sensitivity_of(sound)
        self._control.is_music = sound.music

    @property
    def works(self) -> tuple[SoundPart, ...]:
        """What is done to the sound now."""
        return (*self._chain.works, *(() if self._gate.sensitivity == "off" else ("gate",)))

    @property
    def bitrate(self) -> int:
        """Mean bits per second of what is sent."""
        return self._control.bitrate

    def totals(self) -> CaptureTotals:
        """Return what the device is, and how much of its sound was lost so far."""
        device = self.device
        return CaptureTotals(device.name, device.latency, device.ring.overruns + self._skipped)

    async def run(self) -> str:
        """Capture until the device fails; return what happened, as text for a person."""
        ring = self.device.ring
        try:
            self._start_if_due()
            while (failure := self.device.check(trio.current_time())) is None:
                await self._wake.wait(CHECK_SECONDS)
                self._start_if_due()
                self._control.pumped(ring.fill / RATE)
                self._transmit(self._uplink.drain())
                if (late := (ring.fill - BACKLOG * FRAME) // FRAME) > 0:
                    skipped = ring.skip(late * FRAME)
                    self._skipped += skipped
                    self._uplink.lose(skipped)
                while ring.fill >= BLOCK:
                    captured_at = trio.current_time() - self._latency - ring.fill / RATE
                    self._transmit(self._uplink.push(ring.read(BLOCK)[0], captured_at))
                # Samples that found no room in the ring come after those that did.
                if lost := ring.overruns - self._overruns:
                    self._uplink.lose(lost)
                    self._overruns = ring.overruns
                self._end_if_due()
        except AudioError as error:
            return str(error)
        return failure

    def send_short_frames(self, short: bool) -> None:
        """Send frames of 10 ms from the next talk spurt on, or of 20 ms at once."""
        self._uplink.frame_length = BLOCK if short else FRAME

    def tap(self, tap: MicrophoneTap | None) -> None:
        """Let somebody hear the microphone from now on, in place of who did before; None: nobody.

        Raises nothing, and sends nothing.
        """
        self._tap = tap
        self._chain.judge = self._hear_raw if tap is not None else None
        self._uplink.monitor = tap.hear_processed if tap is not None else None
        self._wake.from_thread()

    def press(self, ago: float = 0.0) -> None:
        """Keep the sound from ``ago`` seconds before now on, to be sent once it may."""
        self._uplink.press(self._moment(ago))

    def begin_sending(self) -> None:
        """Send the sound since the press, or from now on without a press; nothing from before that.

        The part that was kept goes out at once.
        """
        if self._finished is not None:
            self.close()
        self._uplink.begin_sending(self._moment(0.0))
        self._wake.from_thread()

    def release(self, then: Callable[[], object], ago: float = 0.0) -> None:
        """Send the sound until ``ago`` seconds before now and nothing after it, then call ``then``.

        Sound that the device has not delivered yet is waited for. ``then`` is called in any case,
        and once.
        """
        if not (self._uplink.is_open and self._running) or self._finished is not None:
            self.close()
            then()
            return
        # The device has not yet handed over the block that it captures.
        self._uplink.release(self._moment(ago) + BLOCK)
        self._finished, self._deadline = then, trio.current_time() + LATEST_END
        self._end_if_due()

    def close(self) -> None:
        """Send nothing more; a talk spurt under way ends with a silent frame, not with a gap."""
        self._transmit(self._uplink.close())
        finished, self._finished = self._finished, None
        if finished is not None:
            finished()

    def give_back(self) -> None:
        """Free the codec; the device is closed by the code that opened it."""
        if self._finished is not None:
            self.close()
        self._uplink.give_back()

    def _hear_raw(self, block: Samples, reference: Samples | None) -> None:
        """Let the tap judge a block; the silence after the end of a file says nothing of it."""
        is_over = isinstance(self.device, PlayedDevice) and self.device.ended
        if self._tap is not None and not is_over:
            self._tap.hear_raw(block, reference)

    @property
    def _latency(self) -> float:
        return min(max(self.device.latency, 0.0), MOST_LATENCY)

    def _moment(self, ago: float) -> int:
        """Return the media time of the sound from ``ago`` seconds before now."""
        waiting = 0
        if self._running:
            waiting = self.device.ring.fill + round((self._latency - ago) * RATE)
        return self._uplink.media_time + waiting

    def _start_if_due(self) -> None:
        # What is played starts at its beginning when the microphone first opens, or is first heard.
        is_live = self.device.kind not in ("file", "pipe")
        if not self._running and (self._uplink.is_open or self._tap or is_live):
            self._running = True
            self.device.start(self._wake.from_thread)

    def _end_if_due(self) -> None:
        if self._finished is not None and (
            self._uplink.is_finished or trio.current_time() >= self._deadline
        ):
            self.close()

    def _transmit(self, frames: Iterable[VoiceFrame]) -> None:
        for frame in frames:
            flags = Flags.NONE
            if frame.start:
                flags |= Flags.START
            if frame.end:
                flags |= Flags.END
            if frame.discontinuity:
                flags |= Flags.DISCONTINUITY
            self._send(
                UplinkFrame(frame.sequence, frame.media_time, flags, frame.level, frame.payload)
            )
