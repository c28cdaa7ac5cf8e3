"""Devices without hardware, which keep time by the monotonic clock."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

import numpy as np

from roomcli.errors import AudioError

from .ring import Ring
from .samples import BLOCK, RATE, TWO_BLOCKS, Samples, silence

_PERIOD: Final = BLOCK / RATE
_STALL: Final = 1.0  # seconds behind after which time is skipped: the machine slept
_TONE: Final = 0.1 * 2.0**0.5  # peak of a sine of -20 dBFS (RMS)


class Pacer:
    """Calls a function every 10 ms on a thread of its own, without drift.

    Every deadline is counted from the start, so that one late call does not delay the next. After a
    short stall the missed calls follow at once; after a stall of more than a second they are left
    out.
    """

    def __init__(self, step: Callable[[], None], name: str) -> None:
        self._step = step
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread; the first call comes one period later."""
        self._thread.start()

    def close(self) -> None:
        """Stop, and wait for a call that is under way (unless called from within it)."""
        self._closing.set()
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join()

    def _run(self) -> None:
        start, count = time.monotonic(), 1
        while True:
            wait = start + count * _PERIOD - time.monotonic()
            if wait < -_STALL:
                start -= wait
            elif self._closing.wait(max(wait, 0.0)):
                return
            self._step()
            count += 1


class PacedDevice:
    """A device whose blocks are moved by a ``Pacer``; subclasses define ``_move``."""

    takes_blocks = True
    least_ready = TWO_BLOCKS

    def __init__(self, name: str, kind: str) -> None:
        self.name = name
        self.kind = kind
        self.ring = Ring(RATE)
        self.latency = 0.0
        self.buffered: float | None = None
        self.failed: str | None = None
        self._wake: Callable[[], None] = _nobody
        self._pacer = Pacer(self._step, f"audio {kind}")

    @property
    def gaps(self) -> int:
        """How often it had nothing to play."""
        return self.ring.gaps

    def start(self, wake: Callable[[], None]) -> None:
        """Begin to move blocks in real time."""
        self._wake = wake
        self._pacer.start()

    def check(self, now: float) -> str | None:
        """Return why the device died, or None."""
        return self.failed

    def close(self) -> None:
        """Stop the device; a second call does nothing."""
        self._pacer.close()

    def _step(self) -> None:
        if self.failed is None:
            try:
                self._move()
            except (OSError, EOFError, AudioError) as error:
                self.failed = f"{self.name} failed: {error}"
        self._wake()

    def _move(self) -> None:
        raise NotImplementedError


class SilentInput(PacedDevice):
    """A microphone that hears nothing."""

    def __init__(self) -> None:
        super().__init__("none", "none")

    def _move(self) -> None:
        self.ring.write(silence(BLOCK))


class SilentOutput(PacedDevice):
    """Speakers that nobody hears; they still take 10 ms of sound every 10 ms."""

    def __init__(self) -> None:
        super().__init__("none", "none")

    def _move(self) -> None:
        self.ring.read(BLOCK)


class ToneInput(PacedDevice):
    """A microphone that hears a sine tone of ``hertz`` at -20 dBFS."""

    def __init__(self, hertz: float) -> None:
        super().__init__(f"tone of {hertz:g} Hz", "tone")
        self._turn = 2.0 * np.pi * hertz / RATE
        self._phase = 0.0

    def _move(self) -> None:
        phases = self._phase + self._turn * np.arange(BLOCK)
        self._phase = (self._phase + self._turn * BLOCK) % (2.0 * np.pi)
        block: Samples = (_TONE * np.sin(phases)).astype(np.float32)
        self.ring.write(block)


def _nobody() -> None:
    pass
