"""How people sound: speech through real processes, judged by PESQ against the codec alone."""

from __future__ import annotations

import time
import wave
from pathlib import Path

import numpy as np
import pytest

from roomcli.audio.samples import RATE

from .processes import Journey, Participant, room_on
from .pulse import PulseServer
from .sound import SPEECH, pesq_wb, samples_of, through_codec_alone

SECONDS = 10.0


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    """Ten seconds of speech at 48 kHz."""
    path = tmp_path / "talk.wav"
    samples = samples_of(SPEECH)[: int(SECONDS * RATE)]
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(np.clip(samples * 32768, -32768, 32767).astype("<i2").tobytes())
    return path


def told_in_full(speaker: Participant, listener: Participant) -> None:
    """Open the speaker's microphone until the file has been heard to its end."""
    speaker.say("unmute")
    listener.wait_for("unmuted")
    time.sleep(SECONDS + 1.5)  # the sound's own length: it plays in real time
    speaker.say("mute")
    listener.wait_for("muted")


@pytest.mark.timeout(120)
@pytest.mark.parametrize("transport", [[], ["--no-tls"]], ids=["tls", "plain"])
def test_a_listener_hears_what_was_said_but_for_the_codec(
    journey: Journey,
    tmp_path: Path,
    talk: Path,
    transport: list[str],
) -> None:
    heard = tmp_path / "heard.wav"
    url, _ = journey.serve(*transport)
    address = room_on(url, "standup")
    ann = journey.participant("Ann", "host", address, "--mic", f"file:{talk}")
    ann.joined()
    ben = journey.participant("Ben", "join", address, "--speaker", f"file:{heard}")
    ben.joined()
    told_in_full(ann, ben)
    assert ben.ended() == 0
    assert ann.ended() == 0

    said = samples_of(talk)
    alone = pesq_wb(said, through_codec_alone(said))
    through_room = pesq_wb(said, samples_of(heard))
    print(f"pesq_wb {through_room:.3f}, codec alone {alone:.3f}, loss {alone - through_room:.3f}")
    assert alone > 4.0
    assert alone - through_room <= 0.10


@pytest.mark.timeout(180)
def test_sound_cards_cost_little_more(
    journey: Journey,
    tmp_path: Path,
    talk: Path,
    pulse: PulseServer,
) -> None:
    """The same through PortAudio: Ann's microphone is one null sink's monitor, Ben hears on one."""
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
    heard = tmp_path / "heard.wav"
    with pulse.recording("ear", heard):
        time.sleep(0.5)  # the recorder's own start
        pulse.play("mouth", talk)
        time.sleep(1.5)  # what is still under way
    assert ben.ended() == 0
    assert ann.ended() == 0

    said = samples_of(talk)
    alone = pesq_wb(said, through_codec_alone(said))
    through_cards = pesq_wb(said, samples_of(heard))
    print(f"pesq_wb {through_cards:.3f}, codec alone {alone:.3f}, loss {alone - through_cards:.3f}")
    assert alone - through_cards <= 0.30
