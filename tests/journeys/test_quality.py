"""Tests of how people sound: real processes, judged by PESQ against the codec alone."""

from __future__ import annotations

import time
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from benchmarks.sound_server import SoundServer
from roomcli.audio.samples import RATE, Samples

from ..support.processes import Journey, room_on
from ..support.sound import SPEECH, pesq_wb, samples_of, through_codec_alone
from ..support.standstill import watched

SECONDS = 10.0
LONG = 480
"""Seconds that all the takes of a test have on a busy machine."""


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    """Return a file with ten seconds of speech at 48 kHz."""
    path = tmp_path / "talk.wav"
    samples = samples_of(SPEECH)[: int(SECONDS * RATE)]
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(np.clip(samples * 32768, -32768, 32767).astype("<i2").tobytes())
    return path


TAKES = 5
"""Takes that count at most; the first good one is enough, since nothing makes a voice better."""
STANDSTILL = 0.040
"""Seconds for which the machine may stand still within a take that counts.

About so long a listener holds sound back (``roomcli.audio.delay``). A longer stop in the middle of
a word spoils a take, but says nothing about the voice.
"""
SPOILED = 3
"""Takes at most that do not count since the machine stood still."""


def loss(said: Samples, heard: Path) -> float:
    """Return how much less PESQ-wb the sound has than the codec alone leaves."""
    alone = pesq_wb(said, through_codec_alone(said))
    through = pesq_wb(said, samples_of(heard))
    print(f"pesq_wb {through:.3f}, codec alone {alone:.3f}, loss {alone - through:.3f}")
    assert alone > 4.0
    return alone - through


def keep_within(most: float, talk: Path, folder: Path, take: Callable[[Path], None]) -> None:
    """Fail unless a ``take``, which it writes to a file in ``folder``, loses at most ``most``."""
    losses: list[float] = []
    spoiled: list[float] = []
    while len(losses) < TAKES:
        heard = folder / f"take-{len(losses) + len(spoiled)}.wav"
        with watched() as machine:
            take(heard)
        lost = loss(samples_of(talk), heard)
        if lost <= most:
            return
        stood_still = machine.longest > STANDSTILL
        print(f"the machine stood still for {machine.longest * 1000:.0f} ms")
        (spoiled if stood_still and len(spoiled) < SPOILED else losses).append(lost)
    pytest.fail(f"each take loses more than {most}: {losses}, and while it stood still {spoiled}")


@pytest.mark.timeout(LONG)
def test_a_listener_hears_what_was_said_but_for_the_codec(
    journey: Journey, tmp_path: Path, talk: Path
) -> None:
    url, _ = journey.serve()

    def take(heard: Path) -> None:
        room = room_on(url, heard.stem)
        ann = journey.participant("Ann", "host", room, "--mic", f"file:{talk}")
        ann.joined()
        ben = journey.participant("Ben", "join", room, "--speaker", f"file:{heard}")
        ben.joined()
        ann.say("unmute")
        ben.wait_for("unmuted")
        time.sleep(SECONDS + 1.5)  # the sound's own length: it plays in real time
        ann.say("mute")
        ben.wait_for("muted")
        assert ben.ended() == 0
        assert ann.ended() == 0

    keep_within(0.10, talk, tmp_path, take)


AS_WAV = ("--file-format=wav", "--channels=1", "--latency-msec=20")


@pytest.mark.timeout(LONG)
def test_sound_cards_cost_little_more(
    journey: Journey, tmp_path: Path, talk: Path, pulse: SoundServer
) -> None:
    """Instead of files Ann's microphone is a null sink's monitor, and Ben hears on another sink."""
    pulse.null_sink("mouth")
    pulse.null_sink("ear")
    url, _ = journey.serve()
    address = room_on(url, "standup")
    ann = journey.participant(
        "Ann", "host", address, "--mic", "default", PULSE_SOURCE="mouth.monitor"
    )
    ann.joined()
    ben = journey.participant("Ben", "join", address, "--speaker", "default", PULSE_SINK="ear")
    ben.joined()
    ben.wait_for("device", when=lambda event: event["kind"] == "speaker" and not event["problem"])
    ann.say("unmute")
    ben.wait_for("unmuted")

    def take(heard: Path) -> None:
        with pulse.recording("ear", heard, *AS_WAV):
            time.sleep(0.5)  # the recorder's own start
            pulse.play("mouth", talk)
            time.sleep(1.5)  # what is still under way

    keep_within(0.30, talk, tmp_path, take)
    assert ben.ended() == 0
    assert ann.ended() == 0
