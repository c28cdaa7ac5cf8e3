"""Reads sound files: WAV by our own reader, FLAC, Ogg and MP3 by libsndfile."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Protocol

from roomcli.errors import AudioError

from .samples import Samples
from .wav import WAV_HEADS, WavReader

_COMPRESSED: Final = {b"fLaC": "a FLAC file", b"OggS": "an Ogg file", b"ID3": "an MP3 file"}
_OTHERS: Final = {
    b"FORM": "an AIFF file",
    b"RIFX": "a WAV file of big-endian samples",
    b"riff": "a Wave64 file",
    b"caff": "a CAF file",
}


class SoundReader(Protocol):
    """A sound file that is read from beginning to end, or from another place on."""

    rate: int  # Hz
    channels: int
    frames: int | None  # samples of each channel; None if the file does not say

    def read(self, frames: int) -> Samples:
        """Return up to ``frames`` next samples, float32[n, channels] within ±1; none at the end."""

    def seek(self, frame: int) -> None:
        """Read on from this sample of each channel, or from the end if there are not as many."""

    def close(self) -> None:
        """Close the file; a second call does nothing."""


def open_sound(path: Path) -> SoundReader:
    """Open a file for reading. Raises AudioError, which says in one line why it failed."""
    try:
        with path.open("rb") as file:
            head = file.read(12)
        reader = _open(path, head)
    except OSError as error:
        raise AudioError(f"cannot read {path}: {error.strerror or error}") from error
    if 0 < reader.channels <= 64 and 1000 <= reader.rate <= 768_000:
        return reader
    reader.close()
    raise AudioError(
        f"cannot play {path}: it has {reader.channels} channels at {reader.rate} Hz; "
        f"`sox {path.name} -c 1 -r 48000 out.wav` makes a WAV file that can be"
    )


def _open(path: Path, head: bytes) -> SoundReader:
    if kind := _compressed(head):
        from .sndfile import SndfileReader

        return SndfileReader(path, kind)
    try:
        if head[:4] in WAV_HEADS:
            return WavReader(path)
        raise AudioError(f"it is {_OTHERS.get(head[:4], 'no WAV, FLAC, Ogg or MP3 file')}")
    except AudioError as error:
        raise AudioError(
            f"cannot play {path}: {error}; `sox {path.name} -b 16 -e signed out.wav` makes "
            "a WAV file that can be"
        ) from error


def kind_of_sound(head: bytes) -> str | None:
    """Return what sort of file begins with these 12 bytes, in words; None for raw samples.

    Raw samples may begin like a frame of MPEG audio, so that only a whole MP3 file is told.
    """
    if head[:4] in WAV_HEADS:
        return "a WAV file"
    known = (_COMPRESSED | _OTHERS).items()
    return next((kind for beginning, kind in known if head.startswith(beginning)), None)


def _compressed(head: bytes) -> str | None:
    """Return the name of the format if libsndfile should read the file, else None."""
    for beginning, kind in _COMPRESSED.items():
        if head.startswith(beginning):
            return kind
    # Eleven bits begin each frame of MPEG audio; where the layer would be, AAC has two zeros.
    begins_frame = len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0
    return "an MP3 file" if begins_frame and head[1] & 0x06 else None
