"""What a WAV file says about itself.

The standard library's ``wave`` refuses WAVE_FORMAT_EXTENSIBLE before Python 3.12, which is how
every 24-bit file is written, and believes the length of a recording that was broken off.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from typing import BinaryIO, Final

from roomcli.errors import AudioError

_PCM: Final = 0x0001
_EXTENSIBLE: Final = 0xFFFE


@dataclass(frozen=True, slots=True)
class WavFormat:
    """Integer samples, little-endian: ``width`` bytes each, ``channels`` interleaved."""

    channels: int
    width: int
    rate: int
    offset: int  # of the first sample in the file
    size: int  # bytes of whole frames that are really there

    @property
    def frame(self) -> int:
        """Bytes of one sample of all channels."""
        return self.channels * self.width


def read_format(file: BinaryIO) -> WavFormat:
    """Read the header and leave ``file`` at its first sample; AudioError says what is wrong."""
    length = file.seek(0, os.SEEK_END)
    file.seek(0)
    head = file.read(12)
    if head[:4] != b"RIFF" or head[8:] != b"WAVE":
        raise AudioError("it is no WAV file")
    form: tuple[int, int, int] | None = None
    while len(chunk := file.read(8)) == 8:
        name, size = struct.unpack("<4sI", chunk)
        if name == b"data" and form is not None:
            channels, rate, width = form
            offset = file.tell()
            # A recorder that was killed, or wrote into a pipe, leaves 0 or the largest number.
            size = min(size or length, length - offset)
            size -= size % (channels * width)
            return WavFormat(channels, width, rate, offset, size)
        start = file.tell()
        if name == b"fmt ":
            form = _read_form(file.read(min(size, 40)))
        file.seek(start + size + size % 2)
    raise AudioError("there is no sound in it")


def _read_form(data: bytes) -> tuple[int, int, int]:
    """Channels, rate and bytes per sample of a ``fmt `` chunk."""
    if len(data) < 16:
        raise AudioError("its header is cut off")
    tag, channels, rate, _, frame, bits = struct.unpack_from("<HHIIHH", data)
    if tag == _EXTENSIBLE and len(data) >= 26:
        (tag,) = struct.unpack_from("<H", data, 24)
    width = bits // 8
    if tag != _PCM or bits not in (16, 24, 32) or frame != channels * width:
        raise AudioError(f"its samples are of a kind that is not played (format {tag}, {bits} bit)")
    if not (1 <= channels <= 64 and 1000 <= rate <= 768_000):
        raise AudioError(f"{channels} channels at {rate} Hz cannot be played")
    return channels, rate, width
