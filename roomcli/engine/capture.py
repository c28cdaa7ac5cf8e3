"""From the microphone to the wire: frames, gate, Opus."""

from __future__ import annotations

from collections.abc import Callable

import trio

from ..audio.devices import InputDevice
from ..audio.gate import VoiceGate
from ..audio.levels import SILENT, Meter, dbov
from ..audio.opus import Encoder
from ..audio.samples import FRAME, Samples, silence
from ..protocol.audio import Flags, UplinkFrame
from .wake import Wake

CHECK_SECONDS = 0.25


class Capture:
    """One microphone in use; ``send`` gets the frames while it is open."""

    def __init__(self, device: InputDevice, send: Callable[[UplinkFrame], None]) -> None:
        self.device = device
        self._send = send
        self._gate = VoiceGate()
        self._encoder = Encoder()
        self._meter = Meter()
        self._open = False
        self._running = False
        self._sequence = 0
        self._media_time = 0
        self._wake = Wake()
        self.level = SILENT

    async def run(self) -> str:
        """Capture until the device fails; returns what happened, for a person."""
        # A file starts at its beginning when the microphone first opens.
        if self.device.kind != "file":
            self._start()
        while (failure := self.device.check(trio.current_time())) is None:
            await self._wake.wait(CHECK_SECONDS)
            while self.device.ring.fill >= FRAME:
                samples, _ = self.device.ring.read(FRAME)
                self._take(samples)
        return failure

    def open(self) -> None:
        """What is said from now on is sent."""
        self._open = True
        self._start()

    def close(self) -> None:
        """Nothing that is said from now on is sent; the spurt ends in silence, not in a gap."""
        if self._open and self._gate.open:
            self._transmit(silence(FRAME), self._media_time, Flags.END)
        self._open = False
        self._gate.reset()

    def release(self) -> None:
        """Let go of device and codec."""
        self.device.close()
        self._encoder.close()

    def _start(self) -> None:
        if not self._running:
            self._running = True
            self.device.start(self._wake.from_thread)

    def _take(self, samples: Samples) -> None:
        self.level = int(self._meter.update(samples))
        if self._open:
            for gated in self._gate.process(samples):
                flags = Flags.START if gated.start else Flags.NONE
                if gated.end:
                    flags |= Flags.END
                self._transmit(gated.pcm, self._media_time - gated.age * FRAME, flags)
        self._media_time += FRAME

    def _transmit(self, samples: Samples, media_time: int, flags: Flags) -> None:
        if self._sequence == 0:
            flags |= Flags.START | Flags.DISCONTINUITY  # these clocks begin anew
        payload = self._encoder.encode(samples)
        media_time = max(0, media_time)
        self._send(UplinkFrame(self._sequence, media_time, flags, dbov(samples), payload))
        self._sequence += 1
