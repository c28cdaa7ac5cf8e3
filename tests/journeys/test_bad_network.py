"""Tests of what a bad network does to people who are on stage or wait to come there."""

from __future__ import annotations

import time
import wave
from pathlib import Path

import numpy as np

from roomcli.audio.samples import RATE, Samples
from roomcli.protocol.address import parse_address

from ..support.chaos_proxy import chaos_before
from ..support.processes import Journey, room_on
from ..support.sound import samples_of

STEP = 0.1
"""Seconds of each tone of the scale by which Ben's voice says when it was said."""
LOWEST, APART = 300.0, 60.0
"""Hertz of the first tone, and between two of them."""
SAID = 8.0
CAP = 0.5
"""Seconds after which what is late is no longer played (``roomcli.audio.intake``)."""
UNSHARP = 0.25
"""Seconds by which it is not known when a sound was said: a window and two steps."""
STALL = 1.5


def scale() -> Samples:
    """Return tones that go up, one after the other."""
    at = np.arange(int(SAID * RATE)) / RATE
    heights = LOWEST + APART * np.floor(at / STEP)
    sound = 0.3 * np.sin(2 * np.pi * np.cumsum(heights) / RATE)
    return np.asarray(sound, dtype=np.float32)


def write(path: Path, sound: Samples) -> None:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes((sound * 32767).astype("<i2").tobytes())


def lateness(heard: Samples) -> list[tuple[float, float]]:
    """Return for each moment with sound when it was said, and how much later it was heard.

    Both in seconds: when it was said from the beginning of the scale on, how late from the least.
    """
    size = int(STEP / 2 * RATE)
    found = []
    for begin in range(0, len(heard) - size, size):
        window = heard[begin : begin + size]
        if np.sqrt(np.mean(window**2)) < 0.05:
            continue
        spectrum = np.abs(np.fft.rfft(window * np.hanning(size), 8 * size))
        height = float(np.argmax(spectrum)) * RATE / (8 * size)
        said = round((height - LOWEST) / APART) * STEP
        found.append((said, begin / RATE - said))
    least = min(late for _, late in found)
    return [(said, late - least) for said, late in found]


def test_a_stall_and_a_cut_in_mid_speech_cost_neither_place_nor_punctuality(
    journey: Journey, tmp_path: Path
) -> None:
    url, _ = journey.serve()
    said, heard = tmp_path / "said.wav", tmp_path / "heard.wav"
    write(said, scale())
    with chaos_before(parse_address(url).port) as network:
        by_network = url.replace(f":{parse_address(url).port}", f":{network.port}")
        direct, bad = room_on(url, "standup"), room_on(by_network, "standup")
        ann = journey.participant("Ann", "host", direct, "--speaker", f"file:{heard}")
        ann.joined()
        ben = journey.participant("Ben", "join", bad, "--mic", f"file:{said}")
        carla = journey.participant("Carla", "join", bad)
        for each in (ben, carla):
            each.joined()
        ann.say("invite_to_stage", id=ben.id)
        ben.wait_for("invited_to_stage")
        ben.say("accept_stage_invitation")
        ben.wait_for("stage_joined")
        carla.say("raise_hand", topic="first")
        carla.wait_for("hand_raised")
        network.delay, network.jitter = 0.03, 0.03
        ben.say("unmute")
        ann.wait_for("unmuted")
        time.sleep(1.0)  # what is said: it goes by the clock
        network.stall()
        time.sleep(STALL)
        network.go_on()
        time.sleep(1.5)
        ben.say("chat", text="still here", ref=1)
        ben.wait_for("done", when=lambda event: event["ref"] == 1)
        assert [each["open"] for each in ben.seen if each["event"] == "microphone"] == [True]
        network.hold_answers()
        ben.say("chat", text="once", ref=2)
        ann.wait_for("chat_posted", when=lambda event: event["message"]["text"] == "once")
        network.cut()
        closed = ben.wait_for("microphone", when=lambda event: not event["open"])
        assert closed["reason"] == "reconnected"
        for each in (ben, carla):
            joined = each.wait_for("joined")
            assert (joined["resumed"], joined["you"]) == (True, each.id)
            view = joined["view"]
            assert [hand["id"] for hand in view["hands"]] == [carla.id]
        ben.wait_for("done", when=lambda event: event["ref"] == 2)
        ben.say("chat", text="that is all")
        ann.wait_for("chat_posted", when=lambda event: event["message"]["text"] == "that is all")
        texts = [each["message"]["text"] for each in ann.seen if each["event"] == "chat_posted"]
        assert texts == ["still here", "once", "that is all"]
        me = view["stage"][ben.id]
        assert (me["role"], me["muted"]) == ("speaker", True)
        assert ann.ended() == 0
    late = lateness(samples_of(heard))
    assert max(each for _, each in late) < CAP + UNSHARP
    assert any(when > 1.0 + STALL and each < UNSHARP for when, each in late)
