"""Files as microphone and speakers, in real time."""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import Final

import numpy as np
import soxr

from roomcli.errors import AudioError

from .mixdown import Mixdown
from .paced_device import PacedDevice
from .played_device import PlayedDevice
from .samples import BLOCK, RATE, Samples, silence
from .sound_file import open_sound

_READ: Final = 100  # a file is read a hundred times a second
_LARGEST: Final = 2**32 - 1 - 64  # bytes of sound that a WAV header can count: twelve hours


class FileInput(PlayedDevice):
    """Plays a WAV, FLAC, Ogg or MP3 file (any rate, channels mixed) once, then silence.

    ``ended`` is true once the last sample of the file is in the ring.
    """

    def __init__(self, path: Path, *, taken: bool = False) -> None:
        super().__init__(str(path), "file", taken=taken)
        self._sound = open_sound(path)
        self._mixdown = Mixdown(self._sound.channels)
        self._sought: float | None = None
        self._begin_at(0)

    @property
    def position(self) -> float:
        """Seconds from the beginning to what is heard now."""
        sought = self._sought
        return super().position if sought is None else sought

    @property
    def duration(self) -> float | None:
        """The length in seconds; None if the file does not say."""
        frames = self._sound.frames
        return None if frames is None else frames / self._sound.rate

    def seek(self, position: float) -> None:
        """Go on at this second, at the beginning or the end if it is beyond. Raises AudioError."""
        if self.duration is None:
            raise AudioError(f"{self.name} does not say how long it is: it cannot be wound")
        self._sought = min(max(position, 0.0), self.duration)
        if self._taken:
            self.ring.skip(self.ring.fill)

    def close(self) -> None:
        """Stop and close the file; a second call does nothing."""
        super().close()
        self._sound.close()

    def _move(self) -> None:
        if (sought := self._sought) is not None:
            self._sound.seek(round(sought * self._sound.rate))
            self._begin_at(sought)
            if self._sought == sought:  # and not yet another
                self._sought = None
        super()._move()

    def _begin_at(self, position: float) -> None:
        """Begin anew with what the file gives from ``position`` on, in seconds."""
        rate = self._sound.rate
        self._resampler = (
            None if rate == RATE else soxr.ResampleStream(rate, RATE, 1, dtype="float32")
        )
        self._ahead = silence(0)
        self._exhausted = self.ended = False
        self._given = round(position * RATE)

    def _next_block(self) -> Samples:
        while len(self._ahead) < BLOCK and not self._exhausted:
            self._ahead = np.concatenate((self._ahead, self._read_block()))
        block, self._ahead = self._ahead[:BLOCK], self._ahead[BLOCK:]
        self.ended = self._exhausted and len(self._ahead) == 0
        return np.pad(block, (0, BLOCK - len(block)))

    def _read_block(self) -> Samples:
        block = self._sound.read(self._sound.rate // _READ)
        self._exhausted = not len(block)
        mono = self._mixdown.mix(block)
        if self._resampler is None:
            return mono
        resampled = self._resampler.resample_chunk(mono, last=self._exhausted)
        return np.asarray(resampled, dtype=np.float32)


class FileOutput(PacedDevice):
    """Writes what would be heard to a WAV file: 48 kHz, mono, 16 bits.

    Nothing is buffered here and the header is updated after every block, so that the file can be
    played at any moment, even after the process was killed.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(str(path), "file")
        self._size = 0
        self._file: int | None = None
        try:
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
            os.pwrite(self._file, _header(0), 0)
        except OSError as error:
            raise AudioError(f"cannot write {path}: {error.strerror or error}") from error

    def close(self) -> None:
        """Write the rest of the ring, then close the file; a second call does nothing."""
        super().close()
        if self._file is None:
            return
        try:
            if self.failed is None and self.ring.fill:
                self._write(self.ring.read(self.ring.fill)[0])
        except OSError as error:
            self.failed = f"{self.name} failed: {error}"
        os.close(self._file)
        self._file = None

    def _move(self) -> None:
        self._write(self.ring.read(BLOCK)[0])

    def _write(self, block: Samples) -> None:
        data = np.rint(np.clip(block, -1.0, 1.0) * 32767.0).astype("<i2").tobytes()
        if self._file is None or self._size + len(data) > _LARGEST:
            raise AudioError("a WAV file holds no more than twelve hours")
        header = len(_header(0))
        # Sound first: a header never counts samples that are not there.
        if os.pwrite(self._file, data, header + self._size) != len(data):
            raise AudioError("the disk is full")
        self._size += len(data)
        os.pwrite(self._file, _header(self._size), 0)


def _header(size: int) -> bytes:
    """Return the 44 bytes before ``size`` bytes of 16-bit mono sound."""
    riff = struct.pack("<4sI4s", b"RIFF", 36 + size, b"WAVE")
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, RATE, RATE * 2, 2, 16)
    return riff + form + struct.pack("<4sI", b"data", size)
