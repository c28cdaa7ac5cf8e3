"""Tests of Opus: the right library, the right settings, and no trust in what arrives."""

from __future__ import annotations

import ctypes
import importlib.util
import random
import subprocess
import sys

import numpy as np
import pytest

from roomcli.audio import libopus as library
from roomcli.audio.opus import Decoder, Encoder, libopus
from roomcli.audio.samples import FRAME, RATE, Samples
from roomcli.errors import AudioError
from roomcli.protocol.audio import MAX_PAYLOAD


def tone(frames: int, hertz: float = 440.0) -> Samples:
    time = np.arange(frames * FRAME) / RATE
    return (0.3 * np.sin(2 * np.pi * hertz * time)).astype(np.float32)


def test_tone_survives_with_its_level_and_pitch() -> None:
    encoder, decoder = Encoder(), Decoder()
    sound = tone(25)
    heard = np.concatenate(
        [decoder.decode(encoder.encode(sound[at : at + FRAME])) for at in range(0, 24000, FRAME)]
    )
    settled = heard[RATE // 10 :]
    spectrum = np.abs(np.fft.rfft(settled * np.hanning(len(settled))))
    assert abs(float(np.argmax(spectrum)) * RATE / len(settled) - 440) < 5
    assert np.sqrt(np.mean(settled**2)) == pytest.approx(0.3 / np.sqrt(2), rel=0.05)


def test_bitrate_and_complexity_can_be_changed_while_encoding() -> None:
    encoder = Encoder(bitrate=40_000, complexity=3)
    assert (encoder.bitrate, encoder.complexity) == (40_000, 3)
    sound = np.random.default_rng(1).normal(0, 0.1, (50, FRAME)).astype(np.float32)
    many = sum(len(encoder.encode(frame)) for frame in sound)
    encoder.bitrate, encoder.complexity = 12_000, 9
    few = sum(len(encoder.encode(frame)) for frame in sound)
    assert few < many / 2
    assert (encoder.bitrate, encoder.complexity) == (12_000, 9)


def test_silence_costs_a_byte_or_two() -> None:
    encoder = Encoder()
    sizes = [len(encoder.encode(np.zeros(FRAME, dtype=np.float32))) for _ in range(50)]
    assert min(sizes) <= 2, "DTX is off"


def test_what_is_soft_in_music_is_no_silence() -> None:
    encoder = Encoder()
    assert not encoder.is_music
    encoder.is_music = True
    assert encoder.is_music
    soft = np.random.default_rng(2).normal(0, 1e-5, (50, FRAME)).astype(np.float32)
    assert min(len(encoder.encode(frame)) for frame in soft) > 2
    encoder.is_music = False
    assert min(len(encoder.encode(np.zeros_like(frame))) for frame in soft) <= 2


def coded(sound: Samples, encoder: Encoder, *, switched: bool = False) -> Samples:
    """Return what is heard of a sound; switched, it is music in the second half of each second."""
    decoder, heard = Decoder(), []
    for number, at in enumerate(range(0, len(sound), FRAME)):
        if switched and number % 25 == 0:
            encoder.is_music = number % 50 == 25
            encoder.bitrate = 96_000 if encoder.is_music else 32_000
        heard.append(decoder.decode(encoder.encode(sound[at : at + FRAME])))
    return np.concatenate(heard)


def test_music_keeps_its_lowest_tones() -> None:
    encoder, bass = Encoder(96_000), tone(50, 40.0)
    voice = coded(bass, encoder)[RATE // 4 :]
    encoder.is_music = True
    music = coded(bass, encoder)[RATE // 4 :]
    assert np.sqrt(np.mean(music**2)) == pytest.approx(0.3 / np.sqrt(2), rel=0.05)
    assert np.sqrt(np.mean(voice**2)) < 0.15


def test_music_is_switched_on_and_off_without_a_click_or_a_gap() -> None:
    heard = coded(tone(200), Encoder(), switched=True)[RATE // 4 :]
    steepest = 0.3 * 2 * np.pi * 440 / RATE
    assert np.abs(np.diff(heard)).max() < 2.5 * steepest
    parts = heard[: len(heard) // 240 * 240].reshape(-1, 240)  # 5 ms each
    assert np.sqrt(np.mean(parts**2, axis=1)).min() > 0.1


def test_the_longest_frames_of_music_fit_into_a_message() -> None:
    encoder = Encoder(96_000)
    encoder.is_music = True
    loud = np.random.default_rng(3).normal(0, 0.5, (50, FRAME)).astype(np.float32)
    assert max(len(encoder.encode(frame)) for frame in loud) <= MAX_PAYLOAD


def test_setting_out_of_range_is_refused_with_its_name() -> None:
    with pytest.raises(AudioError, match="complexity"):
        Encoder(complexity=11)


def test_payload_from_hell_raises_audio_error_only() -> None:
    decoder, encoder = Decoder(), Encoder()
    chance = random.Random(7)
    for _ in range(2000):
        payload = chance.randbytes(chance.choice((0, 1, 2, 3, 20, 100, 1275, 9000)))
        try:
            samples = decoder.decode(payload)
        except AudioError:
            continue
        assert 0 < len(samples) <= 5760
        assert np.all(np.isfinite(samples))
    for frame in tone(10).reshape(-1, FRAME):
        assert len(decoder.decode(encoder.encode(frame))) == FRAME


def test_concealment_goes_on_with_the_sound() -> None:
    encoder, decoder = Encoder(), Decoder()
    for frame in tone(10).reshape(-1, FRAME):
        decoder.decode(encoder.encode(frame))
    made_up = decoder.conceal(480)
    assert len(made_up) == 480
    assert np.sqrt(np.mean(made_up**2)) > 0.05


def test_closed_codec_says_so() -> None:
    encoder, decoder = Encoder(), Decoder()
    for codec in (encoder, decoder):
        codec.close()
        codec.close()
    with pytest.raises(AudioError, match="closed"):
        encoder.encode(tone(1))
    with pytest.raises(AudioError, match="closed"):
        decoder.decode(b"\xf8")


def test_bundled_library_is_preferred() -> None:
    info = libopus()
    assert info.version.startswith("libopus")
    assert "unknown" not in info.version
    if importlib.util.find_spec("opuslib_next") is not None:
        assert info.origin == "opuslib-next-bundled"


def test_lack_of_library_is_one_line_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: str) -> None:
        raise OSError(path)

    monkeypatch.setattr(library, "_found", None)
    monkeypatch.setattr(ctypes, "CDLL", refuse)
    with pytest.raises(AudioError, match="install") as caught:
        Encoder()
    assert "\n" not in str(caught.value)


def test_unclosed_codec_is_silent_at_exit() -> None:
    code = (
        "from roomcli.audio.opus import *\n"
        "e, d = Encoder(), Decoder()\n"
        "import sys; sys.modules['keeper'] = (e, d)"
    )
    ran = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, b"", b"")
