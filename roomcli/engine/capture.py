"""From the microphone to the wire: frames, gate, Opus."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass

import trio

from ..audio.devices import InputDevice
from ..audio.gate import VoiceGate
from ..audio.levels import SILENT, Meter, dbov
from ..audio.opus import Encoder
from ..audio.samples import FRAME, RATE, Samples, silence
from ..errors import AudioError
from ..protocol.audio import Flags, UplinkFrame
from .wake import Wake

CHECK_SECONDS = 0.25
BACKLOG = 10
"""Frames (0.2 s) that may wait in the ring; what is older is never sent late."""
MOST_LATENCY = 0.2
"""Seconds that a device may be believed to hold back."""


@dataclass
class Numbering:
    """Where one voice has come to; it runs on when the microphone is replaced.

    ``sequence`` counts frames, ``media_time`` samples captured; ``sent_until`` is the media time
    after the last frame sent.
    """

    sequence: int = 0
    media_time: int = 0
    sent_until: int = 0


class Capture:
    """One microphone in use; ``send`` gets the frames while it is open."""

    def __init__(
        self,
        device: InputDevice,
        send: Callable[[UplinkFrame], None],
        numbering: Numbering | None = None,
    ) -> None:
        self.device = device
        self._send = send
        self._gate = VoiceGate()
        self._encoder = Encoder()
        self._meter = Meter()
        self._open = False
        self._heard_from = 0
        self._running = False
        self._begins_anew = True
        self._at = numbering or Numbering()
        self._overruns = 0
        self._wake = Wake()
        self.level = SILENT

    @property
    def speaks(self) -> bool:
        """Whether what is heard is worth sending."""
        return self._gate.open

    async def run(self) -> str:
        """Capture until the device fails; returns what happened, for a person."""
        ring = self.device.ring
        try:
            self._start_if_due()
            while (failure := self.device.check(trio.current_time())) is None:
                await self._wake.wait(CHECK_SECONDS)
                self._start_if_due()
                self._skip((ring.fill - BACKLOG * FRAME) // FRAME)
                while ring.fill >= FRAME:
                    self._take(ring.read(FRAME)[0])
                # What found no room in the ring was said after what did.
                self._at.media_time += ring.overruns - self._overruns
                self._overruns = ring.overruns
        except AudioError as error:
            return str(error)
        return failure

    def open(self) -> None:
        """What is said from now on is sent; nothing that was captured before."""
        if self._open:
            return
        self._open = True
        waiting = 0
        if self._running:
            latency = min(max(self.device.latency, 0.0), MOST_LATENCY)
            waiting = self.device.ring.fill + round(latency * RATE)
        self._heard_from = max(self._at.media_time + waiting, self._at.sent_until)
        self._wake.from_thread()

    def close(self) -> None:
        """Nothing that is said from now on is sent; the spurt ends in silence, not in a gap."""
        was_open, self._open = self._open, False
        spurt = was_open and self._gate.open
        self._gate.reset()
        if spurt:
            with contextlib.suppress(AudioError):
                self._transmit(silence(FRAME), self._at.media_time, Flags.END)

    def release(self) -> None:
        """Let go of device and codec."""
        self.device.close()
        self._encoder.close()

    def _start_if_due(self) -> None:
        # A file starts at its beginning when the microphone first opens.
        if not self._running and (self._open or self.device.kind != "file"):
            self._running = True
            self.device.start(self._wake.from_thread)

    def _skip(self, frames: int) -> None:
        """Leave out what waited for too long: amid speech it is lost, else it was silence."""
        if frames > 0:
            self.device.ring.skip(frames * FRAME)
            self._at.media_time += frames * FRAME
            if self._gate.open:
                self._at.sequence += frames

    def _take(self, samples: Samples) -> None:
        self.level = round(-self._meter.update(samples))
        if self._open and self._at.media_time >= self._heard_from:
            for gated in self._gate.process(samples):
                flags = Flags.START if gated.start else Flags.NONE
                if gated.end:
                    flags |= Flags.END
                self._transmit(gated.pcm, self._at.media_time - gated.age * FRAME, flags)
        self._at.media_time += FRAME

    def _transmit(self, samples: Samples, media_time: int, flags: Flags) -> None:
        if self._begins_anew:
            self._begins_anew = False
            flags |= Flags.START | Flags.DISCONTINUITY
        payload = self._encoder.encode(samples)
        self._send(UplinkFrame(self._at.sequence, media_time, flags, dbov(samples), payload))
        self._at.sequence += 1
        self._at.sent_until = media_time + FRAME
