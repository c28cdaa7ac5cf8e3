"""Sound cards as microphones and speakers.

PortAudio's callback runs on a thread that must not be late, so it only copies between the card and
a ring. If a card does not do 48 kHz, a thread beside the callback resamples.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from roomcli.errors import AudioError

from . import portaudio
from .device import DeviceInfo
from .mixdown import Mixdown
from .naming import find_card
from .quiet import quiet_stderr
from .resampling import InputResampler, OutputResampler
from .ring import Ring
from .samples import RATE, TWO_BLOCKS, silence
from .signs_of_life import SignsOfLife

_MOST_LATENCY: Final = 1.0
"""Seconds; a card that tells more is not believed."""
_NEW: Final = 0.1
"""The share of what is known of a card's latency that a block changes."""


class _SoundCard:
    """Base of both directions: finds, opens and watches a card."""

    kind = "device"
    _direction: str  # "input" | "output"

    def __init__(self, spec: str) -> None:
        self.ring = Ring(RATE)
        self.failed: str | None = None
        self._wake: Callable[[], None] = _nobody
        self.buffered: float | None = None  # PortAudio does not say
        self._own_latency = 0.0  # of what is between the ring and the callback
        self._calls = 0  # how often the callback ran
        self._life = SignsOfLife()
        self._started = False
        self._closing = False
        portaudio.acquire()
        try:
            card = self._find(spec)
            self.name = card.name
            self._stream, self._rate, self._channels = self._open(card)
            self.latency = float(self._stream.latency)
        except BaseException:
            portaudio.release_portaudio()
            raise

    def start(self, wake: Callable[[], None]) -> None:
        """Start the card. Raises AudioError if that fails."""
        self._wake = wake
        self._started = True
        try:
            with quiet_stderr():
                self._stream.start()
        except portaudio.library().PortAudioError as error:
            raise AudioError(self._cannot(error)) from error

    def check(self, now: float) -> str | None:
        """Check for a card that stopped without an error; ``now`` in seconds, monotonic."""
        if not self._started or self._closing:
            return self.failed
        if self._life.have_ceased(self._calls, now):
            self._fail("gives no sign of life")
        return self.failed

    def close(self) -> None:
        """Stop and release the card; a second call does nothing."""
        if self._closing:
            return
        self._closing = True
        with quiet_stderr(), contextlib.suppress(portaudio.library().PortAudioError):
            self._stream.abort()
        with quiet_stderr(), contextlib.suppress(portaudio.library().PortAudioError):
            self._stream.close()
        portaudio.release_portaudio()

    @classmethod
    def look_for(cls, spec: str) -> None:
        """Check that the card exists now. Raises AudioError, which names the cards that do."""
        portaudio.acquire()
        try:
            cls._find(spec)
        finally:
            portaudio.release_portaudio()

    @classmethod
    def _find(cls, spec: str) -> DeviceInfo:
        cards = portaudio.known(portaudio.library())
        if found := find_card(cards, spec, cls._direction):
            return found
        what = "microphone" if cls._direction == "input" else "speakers"
        if not spec:
            raise AudioError(
                f"no {what} found: plug one in (on Linux: is PipeWire or PulseAudio running?)"
            )
        capable = [f"{card.index} {card.name}" for card in cards if card.channels(cls._direction)]
        names = ", ".join(capable) or "none at all"
        raise AudioError(f"no {what} called {spec!r}; there are: {names}")

    def _open(self, card: DeviceInfo) -> tuple[Any, int, int]:
        """Return the open stream, its rate and its channels: 48 kHz, else the card's own rate.

        Two channels if the card has two: JACK connects ports and mixes nothing, and the only
        channel that is offered may be the silent side of a microphone.
        """
        sounddevice = portaudio.library()
        make = sounddevice.RawInputStream
        if self._direction == "output":
            make = sounddevice.RawOutputStream
        refusal: Exception | None = None
        for rate in dict.fromkeys((RATE, card.rate)):
            for channels in (1, 2) if card.channels(self._direction) == 1 else (2, 1):
                try:
                    with quiet_stderr():
                        stream = make(
                            samplerate=rate,
                            blocksize=rate // 100,
                            device=card.index,
                            channels=channels,
                            dtype="float32",
                            latency="low",
                            callback=self._callback,
                            finished_callback=self._finished,
                        )
                except (sounddevice.PortAudioError, ValueError) as error:
                    refusal = refusal or error
                else:
                    return stream, rate, channels
        raise AudioError(self._cannot(refusal)) from refusal

    def _callback(self, buffer: Any, frames: int, time: Any, status: Any) -> None:
        self._calls += 1
        try:
            self._note_latency(time, frames)
            self._move(np.frombuffer(buffer, dtype=np.float32))
        except Exception as error:  # anything raised here would be printed over the screen
            self._fail(f"failed ({error!r})")
            raise portaudio.library().CallbackAbort from error

    def _note_latency(self, time: Any, frames: int) -> None:
        """Note how long sound takes in the card at this moment, if it says something credible."""
        told = self._told_latency(time, frames) if time is not None else 0.0
        if 0.0 < told < _MOST_LATENCY:
            self.latency += _NEW * (told + self._own_latency - self.latency)

    def _told_latency(self, time: Any, frames: int) -> float:
        """Return the seconds that PortAudio's times of a block tell."""
        raise NotImplementedError

    def _move(self, samples: Any) -> None:
        raise NotImplementedError

    def _finished(self) -> None:
        if not self._closing:
            self._fail("stopped")
            self._wake()

    def _fail(self, how: str) -> None:
        if self.failed is None:
            self.failed = f"{self.name} {how}: unplugged, or taken by another program?"

    def _cannot(self, error: Exception | None) -> str:
        reason = str(error).partition(": ")[2] or str(error)
        return f"cannot use {self.name} as {self._direction} ({reason.strip()}): is it busy?"


class SoundCardInput(_SoundCard):
    """A sound card as microphone."""

    _direction = "input"

    def __init__(self, spec: str = "") -> None:
        super().__init__(spec)
        self._mixdown = Mixdown(self._channels)
        self._mono = silence(self._rate // 100)
        self._resampler: InputResampler | None = None
        if self._rate != RATE:
            self._resampler = InputResampler(self._rate, self.ring, self._woken)

    def close(self) -> None:
        super().close()
        if self._resampler is not None:
            self._resampler.close()

    def _told_latency(self, time: Any, frames: int) -> float:
        # Since when its first sample was heard; the last one is younger by the block.
        return float(time.currentTime - time.inputBufferAdcTime) - frames / self._rate

    def _move(self, samples: Any) -> None:
        mono = self._mono[: len(samples) // self._channels]
        self._mixdown.mix_into(samples.reshape(-1, self._channels), mono)
        if self._resampler is not None:
            self._resampler.put(mono)
        else:
            self.ring.write(mono)
            self._wake()

    def _woken(self) -> None:
        self._wake()


class SoundCardOutput(_SoundCard):
    """A sound card as speakers."""

    takes_blocks = True
    least_ready = TWO_BLOCKS

    _direction = "output"

    def __init__(self, spec: str = "") -> None:
        super().__init__(spec)
        self._resampler: OutputResampler | None = None
        if self._rate != RATE:
            self._resampler = OutputResampler(self._rate, self.ring, self._woken)
            self._own_latency = self._resampler.latency
            self.latency += self._own_latency
        self._mono = silence(self._rate // 100)

    @property
    def gaps(self) -> int:
        """How often it had nothing to play."""
        return self.ring.gaps

    def close(self) -> None:
        super().close()
        if self._resampler is not None:
            self._resampler.close()

    def _told_latency(self, time: Any, frames: int) -> float:
        return float(time.outputBufferDacTime - time.currentTime)

    def _move(self, samples: Any) -> None:
        if self._channels == 2:
            mono = self._mono[: len(samples) // 2]
            self._next_block(mono)
            samples[0::2] = mono
            samples[1::2] = mono
        else:
            self._next_block(samples)
        if self._resampler is None:
            self._wake()

    def _next_block(self, out: Any) -> None:
        if self._resampler is not None:
            self._resampler.next_block(out)
        else:
            self.ring.read_into(out)

    def _woken(self) -> None:
        self._wake()


def _nobody() -> None:
    pass
