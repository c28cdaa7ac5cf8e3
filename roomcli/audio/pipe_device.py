"""Another program as microphone: raw samples that come through a pipe, taken in real time.

Signed 16 bit, little endian, 48 kHz, mono. No more is read than will be heard soon, so that a
program which could give an hour at once waits, as it would for a sound card. One that is late is
waited for until some sound lies ready again: a longer pause is heard once, not a stutter.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
from typing import Final

import numpy as np

from roomcli.errors import AudioError

from .played_device import PlayedDevice
from .samples import BLOCK, RATE, Samples, silence
from .sound_file import kind_of_sound

_WIDTH: Final = 2  # bytes of a sample
_LEAST_READY: Final = RATE * 60 // 1000  # samples, before sound begins
_MOST_READY: Final = RATE // 2  # the same after many pauses
_PIPE: Final = RATE // 5 * _WIDTH  # bytes that a pipe should hold: what is live stays so
_STANDARD: Final = 3  # descriptors: input, output and errors


class PipeInput(PlayedDevice):
    """Plays what comes through an open file descriptor until its other end is closed.

    The descriptor stays open, for who opens this microphone again. Raises AudioError for one that
    cannot be read.
    """

    def __init__(self, descriptor: int) -> None:
        super().__init__("the pipe", "pipe")
        self._descriptor = descriptor
        try:
            access = fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE
        except (OSError, OverflowError) as error:
            raise AudioError(f"cannot read fd:{descriptor}: nothing is open there") from error
        if descriptor < _STANDARD or access == os.O_WRONLY or os.isatty(descriptor):
            raise AudioError(f"cannot read fd:{descriptor}: no program writes into it")
        if hasattr(fcntl, "F_SETPIPE_SZ"):
            with contextlib.suppress(OSError):  # a file, or it holds more already
                fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, _PIPE)
        self._waiting = bytearray()
        self._begun = False  # the first bytes have been looked at
        self._flows = False
        self._over = False  # the other end is closed
        self._ready = _LEAST_READY

    def _next_block(self) -> Samples:
        self._receive()
        waiting = len(self._waiting) // _WIDTH
        self.ended = self._over and waiting <= BLOCK
        enough = BLOCK if self._flows else self._ready
        if waiting < enough and not self._over:
            if self._flows:
                self._flows = False
                self._ready = min(self._ready + _LEAST_READY, _MOST_READY)
            return silence(BLOCK)
        self._flows = True
        count = min(waiting, BLOCK)
        taken = np.frombuffer(self._waiting[: count * _WIDTH], dtype="<i2")
        del self._waiting[: count * _WIDTH]
        return np.pad(taken.astype(np.float32) / 32768.0, (0, BLOCK - count))

    def _receive(self) -> None:
        """Read what has come, as far as it will be heard soon."""
        poll = select.poll()
        poll.register(self._descriptor, select.POLLIN)
        while not self._over:
            room = (self._ready + BLOCK) * _WIDTH - len(self._waiting)
            if room <= 0 or not poll.poll(0):
                break
            received = os.read(self._descriptor, room)
            self._over = not received
            self._waiting += received
        if not self._begun and len(self._waiting) >= 12:
            self._begun = True
            if kind := kind_of_sound(bytes(self._waiting[:12])):
                os.close(self._descriptor)  # else what follows would be heard as noise
                raise AudioError(
                    f"what comes is {kind}, no raw samples: `ffmpeg -i FILE -f s16le -ar 48000 "
                    "-ac 1 -` makes them, and file:PATH plays a file"
                )
