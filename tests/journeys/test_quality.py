"""Tests of how people sound: real processes, judged by PESQ against the codec alone."""

from __future__ import annotations

import time
import wave
from pathlib import Path

import numpy as np
import pytest

from benchmarks.sound_server import SoundServer
from roomcli.audio.samples import RATE, Samples

from ..support.processes import Journey, room_on
from ..support.sound import SPEECH, pesq_wb, samples_of, through_codec_alone

SECONDS = 10.0


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    """Return a file with ten seconds of speech at 48 kHz."""
    path = tmp_path / "talk.wav"
    samples = samples_of(SPEECH)[: int(SECONDS * RATE)]
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(np.clip(samples * 32768, -32768, 32767).astype("<i2").tobytes())
    return path


TAKES = 3
"""Takes at most, of which the best counts; the first good one is enough.

A machine that stands still in the middle of a word spoils a take, but says nothing about the voice.
"""


def loss(said: Samples, heard: Path) -> float:
    """Return how much less PESQ-wb the sound has than the codec alone leaves."""
    alone = pesq_wb(said, through_codec_alone(said))
    through = pesq_wb(said, samples_of(heard))
    print(f"pesq_wb {through:.3f}, codec alone {alone:.3f}, loss {alone - through:.3f}")
    assert alone > 4.0
    return alone - through


def test_a_listener_hears_what_was_said_but_for_the_codec(
    journey: Journey, tmp_path: Path, talk: Path
) -> None:
    url, _ = journey.serve()
    losses: list[float] = []
    while len(losses) < TAKES and min(losses, default=1.0) > 0.10:
        take = f"take-{len(losses)}"
        heard = tmp_path / f"{take}.wav"
        ann = journey.participant("Ann", "host", room_on(url, take), "--mic", f"file:{talk}")
        ann.joined()
        ben = journey.participant("Ben", "join", room_on(url, take), "--speaker", f"file:{heard}")
        ben.joined()
        ann.say("unmute")
        ben.wait_for("unmuted")
        time.sleep(SECONDS + 1.5)  # the sound's own length: it plays in real time
        ann.say("mute")
        ben.wait_for("muted")
        assert ben.ended() == 0
        assert ann.ended() == 0
        losses.append(loss(samples_of(talk), heard))
    assert min(losses) <= 0.10, losses


AS_WAV = ("--file-format=wav", "--channels=1", "--latency-msec=20")


def test_sound_cards_cost_little_more(
    journey: Journey, tmp_path: Path, talk: Path, pulse: SoundServer
) -> None:
    """Instead of files Ann's microphone is a null sink's monitor, and Ben hears on another sink."""
    pulse.null_sink("mouth")
    pulse.null_sink("ear")
    url, _ = journey.serve()
    address = room_on(url, "standup")
    ann = journey.participant(
        "Ann", "host", address, "--mic", "pulse", PULSE_SOURCE="mouth.monitor"
    )
    ann.joined()
    ben = journey.participant("Ben", "join", address, "--speaker", "pulse", PULSE_SINK="ear")
    ben.joined()
    ben.wait_for("device", when=lambda event: event["kind"] == "speaker" and not event["problem"])
    ann.say("unmute")
    ben.wait_for("unmuted")
    losses: list[float] = []
    while len(losses) < TAKES and min(losses, default=1.0) > 0.30:
        heard = tmp_path / f"take-{len(losses)}.wav"
        with pulse.recording("ear", heard, *AS_WAV):
            time.sleep(0.5)  # the recorder's own start
            pulse.play("mouth", talk)
            time.sleep(1.5)  # what is still under way
        losses.append(loss(samples_of(talk), heard))
    assert ben.ended() == 0
    assert ann.ended() == 0
    assert min(losses) <= 0.30, losses
