"""Tests of WAV files as microphones: which are read, how far, and the errors for others."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from roomcli.audio.devices import open_input
from roomcli.audio.samples import RATE, Samples
from roomcli.errors import AudioError

from .test_devices import capture, sine

PCM16 = struct.pack("<HHIIHH", 1, 1, RATE, RATE * 2, 2, 16)
SOUND = (sine(0.1, RATE) * 32767).astype("<i2").tobytes()
NOTES = b"INFOICMT" + struct.pack("<I", 40) + b"~" * 40


def chunk(name: bytes, data: bytes, size: int | None = None) -> bytes:
    length = len(data) if size is None else size
    return name + struct.pack("<I", length) + data + bytes(len(data) % 2)


def riff(*chunks: bytes, name: bytes = b"RIFF", size: int | None = None) -> bytes:
    return chunk(name, b"WAVE" + b"".join(chunks), size)


def heard_of(path: Path, content: bytes, seconds: float = 0.12) -> Samples:
    path.write_bytes(content)
    return capture(open_input(f"file:{path}"), round(seconds * RATE))


@pytest.mark.parametrize("name", [b"RF64", b"BW64"])
@pytest.mark.parametrize("told", [True, False])
def test_file_of_64_bits_is_read_be_it_finished_or_not(
    tmp_path: Path, name: bytes, told: bool
) -> None:
    size = len(SOUND) if told else 0
    sizes = struct.pack("<QQQI", 0, size, size // 2, 1) + struct.pack("<4sQ", b"bext", 3)
    head = (chunk(b"ds64", sizes), chunk(b"fmt ", PCM16), chunk(b"bext", b"abc", 2**32 - 1))
    after = chunk(b"LIST", NOTES) if told else b""
    content = riff(*head, chunk(b"data", SOUND, 2**32 - 1), after, name=name, size=2**32 - 1)
    heard = heard_of(tmp_path / "talk.wav", content)
    assert np.allclose(heard[: RATE // 10], sine(0.1, RATE), atol=1e-4)
    assert not np.any(heard[RATE // 10 :])


@pytest.mark.parametrize("size", [0, 2**32 - 1])
def test_length_that_nobody_has_told_yet_is_that_of_the_file(tmp_path: Path, size: int) -> None:
    content = riff(chunk(b"fmt ", PCM16), chunk(b"data", SOUND, size), size=size)
    heard = heard_of(tmp_path / "talk.wav", content)
    assert np.allclose(heard[: RATE // 10], sine(0.1, RATE), atol=1e-4)


@pytest.mark.parametrize(
    "after",
    [
        b"",
        chunk(b"LIST", NOTES),
        chunk(b"LIST", NOTES)[:30],
        chunk(b"cue ", NOTES[:5]) + chunk(b"mine", NOTES),
    ],
)
def test_recording_of_nothing_is_silence_whatever_follows(tmp_path: Path, after: bytes) -> None:
    content = riff(chunk(b"fmt ", PCM16), chunk(b"data", b""), after)
    assert not np.any(heard_of(tmp_path / "talk.wav", content))


def form(tag: int, bits: int, width: int, channels: int = 1, rate: int = RATE) -> bytes:
    frame = width * channels
    return struct.pack("<HHIIHH", tag, channels, rate, rate * frame, frame, bits)


def extensible(tag: int, bits: int, width: int) -> bytes:
    guid = b"\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71"
    head = form(0xFFFE, 8 * width, width) + struct.pack("<HHI", 22, bits, 0)
    return head + struct.pack("<H", tag) + guid


HALF = {
    "8 bit": (form(1, 8, 1), b"\xc0"),
    "12 bits of 16": (form(1, 12, 2), b"\x00\x40"),
    "20 bits of 24": (extensible(1, 20, 3), b"\x00\x00\x40"),
    "24 bits of 32": (extensible(1, 24, 4), b"\x00\x00\x00\x40"),
    "float": (form(3, 32, 4), struct.pack("<f", 0.5)),
    "double": (form(3, 64, 8), struct.pack("<d", 0.5)),
    "extensible float": (extensible(3, 32, 4), struct.pack("<f", 0.5)),
}


@pytest.mark.parametrize("kind", HALF)
def test_samples_of_every_usual_kind_are_read(tmp_path: Path, kind: str) -> None:
    header, half = HALF[kind]
    content = riff(chunk(b"LIST", b"odd"), chunk(b"fmt ", header), chunk(b"data", half * 4801))
    heard = heard_of(tmp_path / "talk.wav", content)
    assert np.allclose(heard[:4801], 0.5, atol=1e-6)
    assert not np.any(heard[4801:])


def test_floats_that_are_no_sound_are_kept_within_full_scale(tmp_path: Path) -> None:
    floats = np.tile(np.array([np.nan, np.inf, -np.inf, 3.0], dtype="<f4"), 1200).tobytes()
    heard = heard_of(
        tmp_path / "talk.wav", riff(chunk(b"fmt ", form(3, 32, 4)), chunk(b"data", floats))
    )
    assert np.array_equal(np.unique(heard), [-1.0, 0.0, 1.0])


@pytest.mark.parametrize("cut", [50, 52, 1001, 5000])
def test_file_that_is_cut_off_is_played_as_far_as_it_goes(tmp_path: Path, cut: int) -> None:
    content = riff(chunk(b"fmt ", PCM16), chunk(b"data", SOUND))[:cut]
    heard = heard_of(tmp_path / "talk.wav", content)
    whole = (cut - 44) // 2
    assert np.allclose(heard[:whole], sine(0.1, RATE)[:whole], atol=1e-4)
    assert not np.any(heard[whole:])


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no WAV, FLAC, Ogg or MP3 file"),
        (b"no sound at all", "no WAV, FLAC, Ogg or MP3 file"),
        (riff(), "no sound in it"),
        (riff(chunk(b"fmt ", PCM16)), "no sound in it"),
        (riff(chunk(b"fmt ", PCM16))[:30], "cut off"),
        (riff(chunk(b"fmt ", bytes(16)), chunk(b"data", b"")), "format 0"),
        (riff(chunk(b"fmt ", form(1, 16, 2, channels=0)), chunk(b"data", SOUND)), "16 bit"),
        (riff(chunk(b"fmt ", form(1, 16, 2, rate=10)), chunk(b"data", SOUND)), "10 Hz"),
        (riff(chunk(b"fmt ", form(7, 8, 1)), chunk(b"data", SOUND)), "format 7, 8 bit"),
        (riff(chunk(b"ds64", b"short"), chunk(b"fmt ", PCM16), name=b"RF64"), "cut off"),
        (
            riff(
                chunk(b"ds64", bytes(24) + b"\x01\0\0\0" + b"abcd" + b"\xff" * 8),
                chunk(b"abcd", b"", 2**32 - 1),
                name=b"BW64",
            ),
            "no sound in it",
        ),
        (b"fLaC" + bytes(100), "a FLAC file"),
        (b"OggS" + bytes(100), "an Ogg file"),
        (b"ID3\x03" + bytes(100), "an MP3 file"),
        (b"FORM" + bytes(100), "an AIFF file"),
        (riff(name=b"RIFF").replace(b"WAVE", b"AVI "), "no WAV file"),
        (riff(chunk(b"fmt ", PCM16), name=b"RIFX"), "big-endian"),
    ],
)
def test_file_that_is_no_sound_is_refused_in_one_line(
    tmp_path: Path, content: bytes, why: str
) -> None:
    path = tmp_path / "talk.wav"
    path.write_bytes(content)
    with pytest.raises(AudioError, match=rf"talk\.wav.*{why}") as caught:
        open_input(f"file:{path}")
    assert "\n" not in str(caught.value)


def test_extensible_header_and_broken_off_recording_are_read(tmp_path: Path) -> None:
    sound = (sine(0.1, RATE) * 32767).astype("<i2").tobytes()
    guid = b"\x01\x00\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71"
    form = struct.pack("<HHIIHHHHI", 0xFFFE, 1, RATE, RATE * 2, 2, 16, 22, 16, 0) + guid
    head = b"RIFF\xff\xff\xff\xffWAVE" + b"LIST\x03\x00\x00\x00abc\x00"
    head += b"fmt " + struct.pack("<I", len(form)) + form + b"data\xff\xff\xff\xff"
    path = tmp_path / "talk.wav"
    path.write_bytes(head + sound + b"\x01")
    heard = capture(open_input(f"file:{path}"), round(0.12 * RATE))
    assert np.allclose(heard[: RATE // 10], sine(0.1, RATE), atol=1e-4)
