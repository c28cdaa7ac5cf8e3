"""Tests of compressed files as microphones: which are played, how far, and errors for others."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from roomcli.audio.devices import open_input
from roomcli.audio.file_device import FileInput
from roomcli.audio.samples import RATE, Samples
from roomcli.audio.sound_file import open_sound
from roomcli.errors import AudioError

from .test_devices import capture, pitch, sine

KINDS = {
    "talk.flac": ("FLAC", "PCM_16"),
    "talk.ogg": ("OGG", "VORBIS"),
    "talk.opus": ("OGG", "OPUS"),
    "talk.mp3": ("MP3", "MPEG_LAYER_III"),
}


def write_sound(path: Path, sound: Samples, rate: int = RATE) -> Path:
    kind, subtype = KINDS[path.name]
    soundfile.write(path, sound, rate, format=kind, subtype=subtype)
    return path


def read_all(path: Path) -> Samples:
    """Read everything in a file, in the channels that it has."""
    sound = open_sound(path)
    blocks = [sound.read(480)]
    while len(blocks[-1]):
        blocks.append(sound.read(480))
    sound.close()
    sound.close()
    return np.concatenate(blocks)


@pytest.mark.parametrize("name", KINDS)
def test_compressed_file_is_a_microphone(tmp_path: Path, name: str) -> None:
    path = write_sound(tmp_path / name, sine(0.4, RATE))
    microphone = open_input(f"file:{path}")
    heard = capture(microphone, round(0.6 * RATE))
    said = heard[: round(0.4 * RATE)]
    assert pitch(said) == pytest.approx(500, abs=2)
    assert np.sqrt(np.mean(said**2)) == pytest.approx(0.5 / np.sqrt(2), rel=0.05)
    assert not np.any(heard[round(0.45 * RATE) :]), "then silence"
    assert isinstance(microphone, FileInput)
    assert microphone.ended


def test_flac_is_heard_as_it_was_said(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "talk.flac", sine(0.1, RATE))
    assert np.allclose(read_all(path)[:, 0], sine(0.1, RATE), atol=1e-4)


@pytest.mark.parametrize("name", KINDS)
def test_block_follows_block_without_a_seam(tmp_path: Path, name: str) -> None:
    path = write_sound(tmp_path / name, sine(0.5, RATE))
    whole, _ = soundfile.read(path, dtype="float32", always_2d=True)
    assert np.allclose(read_all(path), np.clip(whole, -1.0, 1.0), atol=1e-6)


@pytest.mark.parametrize(
    ("name", "rate", "channels"),
    [
        ("talk.flac", 96_000, 3),
        ("talk.ogg", 44_100, 2),
        ("talk.opus", 16_000, 2),
        ("talk.mp3", 44_100, 2),
        ("talk.mp3", 16_000, 1),
    ],
)
def test_other_rates_and_channels_go_the_way_of_wav_files(
    tmp_path: Path, name: str, rate: int, channels: int
) -> None:
    sound = np.repeat(sine(0.5, rate)[:, None], channels, axis=1)
    sound[:, 1:] = 0  # who stands on one side is as loud as in the middle
    path = write_sound(tmp_path / name, sound, rate)
    heard = capture(open_input(f"file:{path}"), round(0.5 * RATE))[round(0.2 * RATE) :]
    assert pitch(heard) == pytest.approx(500, abs=2)
    assert np.sqrt(np.mean(heard**2)) == pytest.approx(0.5 / np.sqrt(2), rel=0.06)


@pytest.mark.parametrize("name", KINDS)
def test_what_is_louder_than_full_scale_is_kept_within(tmp_path: Path, name: str) -> None:
    loud = np.sign(sine(0.5, RATE, 300)).astype(np.float32)
    sound = read_all(write_sound(tmp_path / name, loud))
    assert np.max(np.abs(sound)) <= 1.0


@pytest.mark.parametrize(("name", "share"), [("talk.flac", 0.4), ("talk.mp3", 0.3)])
def test_file_that_is_cut_off_is_played_as_far_as_it_goes(
    tmp_path: Path, name: str, share: float
) -> None:
    path = write_sound(tmp_path / name, sine(2.0, RATE))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    heard = read_all(path)[:, 0]
    assert share * 2 * RATE < len(heard) < 2 * RATE
    assert pitch(heard) == pytest.approx(500, abs=2)


@pytest.mark.parametrize("head", [b"fLaC", b"OggS", b"ID3\x03", b"\xff\xfb\x90\x64"])
@pytest.mark.parametrize("rest", [b"", bytes(3000), bytes(range(256)) * 12])
def test_damaged_file_is_refused_in_one_line_and_nothing_else_is_printed(
    tmp_path: Path, head: bytes, rest: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "talk"
    path.write_bytes(head + rest)
    with pytest.raises(AudioError, match=r"cannot play .*talk: it is an? (FLAC|Ogg|MP3) file"):
        open_input(f"file:{path}")
    assert capfd.readouterr() == ("", "")


def test_what_an_mp3_file_lacks_in_its_middle_is_not_printed_either(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = write_sound(tmp_path / "talk.mp3", sine(2.0, RATE))
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2 : len(whole) // 2 + 500] = bytes(500)
    path.write_bytes(whole)
    assert len(read_all(path)) > RATE
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("head", [b"\xff\xf1\x50\x80", b"\xff\xf9\x50\x80", b"\0\0\0\x20ftyp"])
def test_file_that_only_begins_like_another_is_no_mp3(tmp_path: Path, head: bytes) -> None:
    path = tmp_path / "talk.aac"
    path.write_bytes(head + bytes(3000))
    with pytest.raises(AudioError, match=r"no WAV, FLAC, Ogg or MP3 file; `sox talk\.aac"):
        open_input(f"file:{path}")


def test_flac_of_a_rate_that_no_microphone_has_is_refused(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "talk.flac", sine(1.0, 500, 10), 500)
    with pytest.raises(AudioError, match="1 channels at 500 Hz"):
        open_input(f"file:{path}")


def test_library_is_loaded_for_such_a_file_alone(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "talk.wav", sine(0.1, RATE), RATE)
    write_sound(tmp_path / "talk.flac", sine(0.1, RATE))
    code = (
        "import sys; from roomcli.audio.devices import open_input\n"
        "for name in sys.argv[1:]:\n"
        "    open_input('file:' + name).close(); print('soundfile' in sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "talk.wav", tmp_path / "talk.flac"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.stdout.split() == ["False", "True"], run.stderr


def test_without_the_library_one_line_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_sound(tmp_path / "talk.ogg", sine(0.1, RATE))
    monkeypatch.setitem(sys.modules, "soundfile", None)
    with pytest.raises(AudioError, match=r"an Ogg file, and there is no libsndfile.*apt install"):
        open_input(f"file:{path}")
