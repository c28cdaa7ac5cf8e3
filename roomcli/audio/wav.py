"""Reads WAV files: their format and their samples.

The standard library's ``wave`` knows neither float nor RF64. libsndfile does not know BW64, and
takes a file that is still being recorded, whose length is 0 so far, for an empty one.
"""

from __future__ import annotations

import contextlib
import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np

from roomcli.errors import AudioError

from .samples import Samples

_PCM: Final = 0x0001
_FLOAT: Final = 0x0003
_EXTENSIBLE: Final = 0xFFFE
_UNKNOWN: Final = 2**32 - 1  # a size that is told elsewhere, or by nobody
_TEXTS: Final = (b"LIST", b"bext", b"iXML", b"id3 ", b"ID3 ", b"JUNK", b"_PMX")
"""Chunks that recorders write after the sound; no sound begins so, and they may be truncated."""
WAV_HEADS: Final = (b"RIFF", b"RF64", b"BW64")
"""The first four bytes of a WAV file."""


@dataclass(frozen=True, slots=True)
class WavFormat:
    """The format of little-endian samples: ``width`` bytes each, ``channels`` interleaved.

    Samples of one byte are unsigned; ``is_float`` is for 4 and 8 bytes only.
    """

    channels: int
    width: int
    rate: int
    offset: int  # of the first sample in the file
    size: int  # bytes of whole frames that are really there
    is_float: bool

    @property
    def frame(self) -> int:
        """The bytes of one sample of all channels."""
        return self.channels * self.width

    def samples(self, data: bytes) -> Samples:
        """Return whole frames as float32[n, channels] within ±1."""
        if self.is_float:
            floats = np.nan_to_num(np.frombuffer(data, dtype=f"<f{self.width}"), nan=0.0)
            samples = np.clip(floats, -1.0, 1.0)
        elif self.width == 1:
            samples = np.frombuffer(data, dtype=np.uint8) / 128.0 - 1.0
        else:
            bytes_ = np.frombuffer(data, dtype=np.uint8).reshape(-1, self.width)
            wide = np.zeros((len(bytes_), 4), dtype=np.uint8)
            wide[:, -self.width :] = bytes_
            samples = wide.view("<i4")[:, 0] / np.float64(2**31)
        return np.asarray(samples, dtype=np.float32).reshape(-1, self.channels)


class WavReader:
    """Reads a WAV file; of one that is being recorded, the part that exists when it is opened.

    Raises AudioError for a faulty file, and OSError.
    """

    def __init__(self, path: Path) -> None:
        with contextlib.ExitStack() as opening:
            self._file = opening.enter_context(path.open("rb"))
            self._format = read_format(self._file)
            opening.pop_all()
        self.rate = self._format.rate
        self.channels = self._format.channels
        self.frames: int | None = self._format.size // self._format.frame
        self._left = self._format.size

    def read(self, frames: int) -> Samples:
        """Return up to ``frames`` next samples, float32[n, channels] within ±1; none at the end."""
        frame = self._format.frame
        data = self._file.read(min(frames * frame, self._left))
        data = data[: len(data) // frame * frame]  # it may shrink while it is played
        self._left -= len(data)
        return self._format.samples(data)

    def seek(self, frame: int) -> None:
        """Read on from this sample of each channel, or from the end if there are not as many."""
        skipped = min(frame * self._format.frame, self._format.size)
        self._file.seek(self._format.offset + skipped)
        self._left = self._format.size - skipped

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        self._file.close()


def read_format(file: BinaryIO) -> WavFormat:
    """Read the header up to the first sample of ``file``. Raises AudioError for a faulty one."""
    length = file.seek(0, os.SEEK_END)
    file.seek(0)
    head = file.read(12)
    if head[:4] not in WAV_HEADS or head[8:] != b"WAVE":
        raise AudioError("it is no WAV file")
    form: tuple[int, int, int, bool] | None = None
    sizes: dict[bytes, int] = {}  # of chunks that are too long for their own field
    while len(chunk := file.read(8)) == 8:
        name, size = struct.unpack("<4sI", chunk)
        start = file.tell()
        if name == b"ds64":
            sizes = _read_sizes(file.read(min(size, 4096)))
        if size in (0, _UNKNOWN):
            size = sizes.get(name, 0)
        size = min(size, length)
        if name == b"data" and form is not None:
            channels, width, rate, is_float = form
            if size == 0 and not _chunks_follow(file, length):
                # Nobody has said yet how long it is: it is being recorded, or the recorder was
                # killed, or wrote into a pipe.
                size = length
            file.seek(start)
            size = min(size, length - start)
            size -= size % (channels * width)
            return WavFormat(channels, width, rate, start, size, is_float)
        if name == b"fmt ":
            file.seek(start)
            form = _read_form(file.read(min(size, 40)))
        file.seek(start + size + size % 2)
    raise AudioError("there is no sound in it")


def _chunks_follow(file: BinaryIO, length: int) -> bool:
    """Whether chunks, not samples, lie from here to the end."""
    while (here := file.tell()) < length:
        chunk = file.read(8)
        if chunk[:4] in _TEXTS:
            return True
        if len(chunk) < 8 or not all(0x20 <= byte < 0x7F for byte in chunk[:4]):
            return False
        size = int.from_bytes(chunk[4:], "little")
        if here + 8 + size > length:
            return False
        file.seek(here + 8 + size + size % 2)
    return True


def _read_sizes(data: bytes) -> dict[bytes, int]:
    """Return the sizes in a ``ds64`` chunk, by the names of the chunks."""
    if len(data) < 28:
        raise AudioError("its header is cut off")
    _, size, _, count = struct.unpack_from("<QQQI", data)
    table = data[28 : 28 + min(count, 300) * 12]
    sizes = dict(struct.iter_unpack("<4sQ", table[: len(table) // 12 * 12]))
    return {**sizes, b"data": size}


def _read_form(data: bytes) -> tuple[int, int, int, bool]:
    """Return channels, bytes per sample, rate and is-float of a ``fmt `` chunk."""
    if len(data) < 16:
        raise AudioError("its header is cut off")
    tag, channels, rate, _, frame, bits = struct.unpack_from("<HHIIHH", data)
    if tag == _EXTENSIBLE and len(data) >= 26:
        (tag,) = struct.unpack_from("<H", data, 24)
    width = frame // channels if channels else 0
    fits = 8 * (width - 1) < bits <= 8 * width and frame == channels * width
    widths = {_PCM: (1, 2, 3, 4), _FLOAT: (4, 8)}.get(tag, ())
    if width not in widths or not fits:
        raise AudioError(f"its samples are of a kind that is not played (format {tag}, {bits} bit)")
    return channels, width, rate, tag == _FLOAT
