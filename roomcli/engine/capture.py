"""The way from the microphone to the wire: frames, voice gate, Opus."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import trio

from ..audio.device import InputDevice
from ..audio.gate import VoiceGate
from ..audio.levels import SILENCE, Meter, dbov
from ..audio.opus import Encoder
from ..audio.samples import BLOCK, FRAME, RATE, Samples, silence
from ..errors import AudioError
from ..protocol.audio import Flags, UplinkFrame
from .wake import Wake

CHECK_SECONDS = 0.25
BACKLOG = 10
"""Frames (0.2 s) that may wait in the ring; older frames are never sent late."""
MOST_LATENCY = 0.2
"""The longest latency of a device that is believed, in seconds."""
KEPT = 25
"""Frames (0.5 s) that are kept while the microphone is closed. When the server has agreed to a
press, the sound after that press is sent from them."""
LATEST_END = 0.5
"""Seconds after a release at which a device that has not delivered the last words is given up."""
_FADE = RATE // 500
"""Samples over which sound that was cut fades in or out, to avoid a click."""


@dataclass
class Numbering:
    """The numbers of one voice's frames, which run on when the microphone is replaced.

    ``sequence`` counts frames, ``media_time`` samples captured; ``sent_until`` is the media time
    after the last frame sent.
    """

    sequence: int = 0
    media_time: int = 0
    sent_until: int = 0


@dataclass
class _Release:
    """A release whose last words have not come from the device yet.

    ``until`` is the media time of its end, ``deadline`` the time in seconds at which the engine
    stops waiting for the words, ``then`` what is called at the end.
    """

    until: int
    deadline: float
    then: Callable[[], object]


class Capture:
    """Captures from one microphone; ``send`` gets the frames while the microphone is open."""

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
        self._pressed = False
        self._heard_from = 0
        self._kept: deque[tuple[int, Samples]] = deque(maxlen=KEPT)
        self._release: _Release | None = None
        self._running = False
        self._begins_anew = True
        self._at = numbering or Numbering()
        self._overruns = 0
        self._wake = Wake()
        self.level = SILENCE

    @property
    def speaks(self) -> bool:
        """Whether the sound is worth sending: the voice gate is open."""
        return self._gate.is_open

    async def run(self) -> str:
        """Capture until the device fails; return what happened, as text for a person."""
        ring = self.device.ring
        try:
            self._start_if_due()
            while (failure := self.device.check(trio.current_time())) is None:
                await self._wake.wait(CHECK_SECONDS)
                self._start_if_due()
                self._let_kept_through()
                self._skip((ring.fill - BACKLOG * FRAME) // FRAME)
                while ring.fill >= FRAME:
                    self._process_frame(ring.read(FRAME)[0])
                # Samples that found no room in the ring come after those that did.
                self._at.media_time += ring.overruns - self._overruns
                self._overruns = ring.overruns
                self._end_if_due()
        except AudioError as error:
            return str(error)
        return failure

    def press(self, ago: float = 0.0) -> None:
        """Keep the sound from ``ago`` seconds before now on, to be sent once it may."""
        if not self._open:
            self._pressed = True
            self._heard_from = max(self._moment(ago), self._at.sent_until)

    def begin_sending(self) -> None:
        """Send the sound since the press, or from now on without a press; nothing from before that.

        The part that was kept goes out at once.
        """
        if self._release is not None:
            self.close()
        if self._open:
            return
        if not self._pressed:
            self._heard_from = max(self._moment(0.0), self._at.sent_until)
        self._open = True
        self._wake.from_thread()

    def release(self, then: Callable[[], object], ago: float = 0.0) -> None:
        """Send the sound until ``ago`` seconds before now and nothing after it, then call ``then``.

        Sound that the device has not delivered yet is waited for. ``then`` is called in any case,
        and once.
        """
        if not (self._open and self._running) or self._release is not None:
            self.close()
            then()
            return
        # The device has not yet handed over the block that it captures.
        until = self._moment(ago) + BLOCK
        self._release = _Release(until, trio.current_time() + LATEST_END, then)
        self._end_if_due()

    def close(self) -> None:
        """Send nothing more; a talk spurt under way ends with a silent frame, not with a gap."""
        was_open, self._open = self._open, False
        self._pressed = False
        spurt = was_open and self._gate.is_open
        self._gate.reset()
        release, self._release = self._release, None
        if spurt:
            with contextlib.suppress(AudioError):
                self._transmit(silence(FRAME), self._at.media_time, Flags.END)
        if release is not None:
            release.then()

    def give_back(self) -> None:
        """Free the codec; the device is closed by the code that opened it."""
        if self._release is not None:
            self.close()
        self._encoder.close()

    def _moment(self, ago: float) -> int:
        """Return the media time of the sound from ``ago`` seconds before now."""
        waiting = 0
        if self._running:
            latency = min(max(self.device.latency, 0.0), MOST_LATENCY)
            waiting = self.device.ring.fill + round((latency - ago) * RATE)
        return self._at.media_time + waiting

    def _start_if_due(self) -> None:
        # A file starts at its beginning when the microphone first opens.
        if not self._running and (self._open or self.device.kind != "file"):
            self._running = True
            self.device.start(self._wake.from_thread)

    def _skip(self, frames: int) -> None:
        """Skip frames that waited too long: within speech they count as lost, else as silence."""
        if frames > 0:
            self.device.ring.skip(frames * FRAME)
            self._at.media_time += frames * FRAME
            if self._gate.is_open:
                self._at.sequence += frames

    def _process_frame(self, samples: Samples) -> None:
        self.level = round(self._meter.update(samples))
        if self._open:
            self._let_through(self._at.media_time, samples)
        else:
            self._kept.append((self._at.media_time, samples))
        self._at.media_time += FRAME

    def _let_kept_through(self) -> None:
        if self._open:
            for media_time, samples in self._kept:
                self._let_through(media_time, samples)
            self._kept.clear()

    def _let_through(self, media_time: int, samples: Samples) -> None:
        """Send the part of a frame that lies between press and release and that the gate passes."""
        end = media_time + FRAME
        if end <= self._heard_from or (self._release and media_time >= self._release.until):
            return
        if media_time < self._heard_from:
            samples = _from(samples, self._heard_from - media_time)
        is_last = self._release is not None and end >= self._release.until
        if self._release is not None and is_last:
            samples = _from(samples[::-1], end - self._release.until)[::-1]
        gated = self._gate.process(samples)
        for each in gated:
            flags = Flags.START if each.start else Flags.NONE
            if each.end or (is_last and each is gated[-1]):
                flags |= Flags.END
            self._transmit(each.pcm, media_time - each.age * FRAME, flags)
        if is_last:
            self._gate.reset()  # the end of the spurt has been sent

    def _end_if_due(self) -> None:
        release = self._release
        if release is None:
            return
        if self._at.media_time >= release.until or trio.current_time() >= release.deadline:
            self.close()

    def _transmit(self, samples: Samples, media_time: int, flags: Flags) -> None:
        if self._begins_anew:
            self._begins_anew = False
            flags |= Flags.START | Flags.DISCONTINUITY
        payload = self._encoder.encode(samples)
        self._send(UplinkFrame(self._at.sequence, media_time, flags, dbov(samples), payload))
        self._at.sequence += 1
        self._at.sent_until = media_time + FRAME


def _from(samples: Samples, start: int) -> Samples:
    """Return a copy of the samples, silent before ``start`` and fading in there."""
    cut = samples.copy()
    cut[:start] = 0.0
    rising = cut[start : start + _FADE]
    rising *= np.linspace(0.0, 1.0, len(rising), dtype=np.float32)
    return cut
