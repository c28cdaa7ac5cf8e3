"""Reads FLAC, Ogg and MP3 files by libsndfile. The only module that imports ``soundfile``."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Final

import numpy as np

from roomcli.errors import AudioError

from .quiet import quiet_stderr
from .samples import Samples

_UNKNOWN: Final = 2**62  # frames; libsndfile counts so many where it does not know


class SndfileReader:
    """Reads a compressed file; a truncated file is read as far as it goes.

    ``kind`` says in words what the file seems to be. Raises AudioError when it cannot be opened.
    """

    def __init__(self, path: Path, kind: str) -> None:
        try:
            import soundfile
        except (ImportError, OSError) as error:
            raise AudioError(
                f"cannot play {path}: it is {kind}, and there is no libsndfile on this machine: "
                "`apt install libsndfile1` or `brew install libsndfile`, or play a WAV file"
            ) from error
        self._errors = soundfile.SoundFileError
        # mpg123, which reads MP3 for libsndfile, prints what it thinks of a file.
        self._quiet = quiet_stderr if kind == "an MP3 file" else contextlib.nullcontext
        try:
            with self._quiet():
                self._file = soundfile.SoundFile(os.fsencode(path))
        except self._errors as error:
            raise AudioError(
                f"cannot play {path}: it is {kind} that is damaged, or of a kind that is not "
                "played; `ffmpeg -i` says more, and makes a WAV file of many"
            ) from error
        # Else each read is followed by a seek to where it ended, from which MP3 goes on wrongly.
        self._file.seekable = lambda: False
        self.rate: int = self._file.samplerate
        self.channels: int = self._file.channels
        frames = self._file.frames
        self.frames: int | None = frames if 0 < frames < _UNKNOWN else None

    def read(self, frames: int) -> Samples:
        """Return up to ``frames`` next samples, float32[n, channels] within ±1; none at the end."""
        block = np.empty((frames, self.channels), dtype=np.float32)
        try:
            with self._quiet():
                block = self._file.read(out=block)
        except self._errors:
            return block[:0]
        return np.asarray(np.clip(np.nan_to_num(block, nan=0.0), -1.0, 1.0), dtype=np.float32)

    def seek(self, frame: int) -> None:
        """Read on from this sample of each channel, or from the end if there are not as many."""
        with self._quiet(), contextlib.suppress(self._errors):
            self._file.seek(min(frame, self.frames or 0))

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        self._file.close()
