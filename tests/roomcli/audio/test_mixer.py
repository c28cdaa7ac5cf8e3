"""Tests of the mixer: everybody is heard, nothing is beyond full scale, nothing clicks."""

from __future__ import annotations

import numpy as np
import pytest

from roomcli.audio.mixer import Mixer
from roomcli.audio.packets import Packet
from roomcli.audio.rendering import SILENT, Rendering
from roomcli.audio.samples import BLOCK, FRAME, RATE, Samples


class Tone:
    """A decoder that makes of each packet a tone.

    The first byte is its loudness in percent, the second, if there is one, its pitch in 10 Hz.
    """

    closed = 0

    def __init__(self) -> None:
        self.at = 0
        self.level = 0.0
        self.pitch = 250

    def decode(self, payload: bytes) -> Samples:
        self.level = payload[0] / 100
        self.pitch = 10 * payload[1] if len(payload) > 1 else 250
        return self.conceal(FRAME)

    def conceal(self, samples: int) -> Samples:
        time = (np.arange(samples) + self.at) / RATE
        self.at += samples
        return (self.level * np.sin(2 * np.pi * self.pitch * time)).astype(np.float32)

    def close(self) -> None:
        Tone.closed += 1


def play(mixer: Mixer, speakers: dict[str, int], blocks: range) -> Samples:
    out = []
    for n in blocks:
        if n % 2 == 0:
            for name, percent in speakers.items():
                media, payload = n * BLOCK, bytes([percent])
                packet = Packet(n // 2, media, payload, start=n == 0)
                mixer.buffer_of(name).push(packet, n * 0.01)
        out.append(mixer.pull(n * 0.01))
    return np.concatenate(out)


def test_one_speaker_passes_bit_for_bit() -> None:
    mixer, alone = Mixer(Tone), Mixer(Tone).buffer_of("a")
    mixed = play(mixer, {"a": 60}, range(100))
    single = []
    for n in range(100):
        if n % 2 == 0:
            alone.push(Packet(n // 2, n * BLOCK, bytes([60]), start=n == 0), n * 0.01)
        single.append(alone.pull(n * 0.01))
    assert np.array_equal(mixed, np.concatenate(single))
    assert np.max(np.abs(mixed)) == pytest.approx(0.6, rel=0.01)


def test_many_loud_speakers_stay_within_full_scale_without_a_click() -> None:
    mixed = play(Mixer(Tone), {name: 90 for name in "abcdef"}, range(100))
    assert np.max(np.abs(mixed)) <= 1.0
    assert np.sqrt(np.mean(mixed[RATE // 2 :] ** 2)) > 0.4, "still loud"
    sound = np.sin(2 * np.pi * 250 * np.arange(RATE) / RATE)
    assert np.max(np.abs(np.diff(mixed))) < 12 * np.max(np.abs(np.diff(sound)))


def test_levels_are_those_of_what_was_just_played() -> None:
    mixer = Mixer(Tone)
    play(mixer, {"loud": 100, "soft": 10, "silent": 0}, range(50))
    assert mixer.levels(0.5) == {
        "loud": pytest.approx(-3, abs=1),
        "soft": pytest.approx(-23, abs=1),
    }


def test_a_speaker_is_rendered_as_wanted_and_shown_as_loud_as_they_are_sent() -> None:
    mixer = Mixer(Tone)
    play(mixer, {"a": 60}, range(50))
    mixer.set_rendering("a", Rendering(0.5))
    mixer.set_rendering("nobody", Rendering(0.5))
    out = play(mixer, {"a": 60}, range(50, 100))
    assert np.max(np.abs(out[BLOCK:])) == pytest.approx(0.3, rel=0.02)
    assert np.max(np.abs(np.diff(out))) <= 0.6 * 2 * np.pi * 250 / RATE * 1.1
    assert mixer.levels(1.0) == {"a": pytest.approx(-7, abs=1)}


def test_who_is_heard_again_goes_on_as_if_they_always_were() -> None:
    muted, heard = Mixer(Tone), Mixer(Tone)
    muted.buffer_of("a", SILENT)
    assert not np.any(play(muted, {"a": 60}, range(51)))
    assert muted.levels(0.5).keys() == {"a"}, "one sees that they speak"
    play(heard, {"a": 60}, range(51))
    muted.set_rendering("a", Rendering())
    again, always = play(muted, {"a": 60}, range(51, 60)), play(heard, {"a": 60}, range(51, 60))
    assert np.array_equal(again[BLOCK:], always[BLOCK:])
    assert np.any(again[:BLOCK])
    assert abs(again[0]) < 0.01


def test_who_is_turned_up_takes_little_from_the_others() -> None:
    mixer, out = Mixer(Tone), []
    mixer.buffer_of("loud", Rendering(2.0))
    for n in range(100):
        if n % 2 == 0:
            for name, payload in (("loud", bytes([90])), ("other", bytes([10, 40]))):
                packet = Packet(n // 2, n * BLOCK, payload, start=n == 0)
                mixer.buffer_of(name).push(packet, n * 0.01)
        out.append(mixer.pull(n * 0.01))
    mixed = np.concatenate(out)[RATE // 2 :]
    assert np.max(np.abs(mixed)) <= 1.0
    turn = np.exp(-2j * np.pi * 400 * np.arange(len(mixed)) / RATE)
    assert 2 * abs(np.mean(mixed * turn)) > 0.08


def test_removed_speaker_fades_and_frees_its_decoder() -> None:
    mixer = Mixer(Tone)
    play(mixer, {"a": 60}, range(51))
    closed = Tone.closed
    mixer.remove("a")
    mixer.remove("a")
    assert "a" not in mixer
    fading = mixer.pull(0.51)
    assert np.any(fading)
    assert abs(fading[-1]) < 0.01
    assert Tone.closed == closed + 1
    assert not np.any(mixer.pull(0.52))
    assert mixer.levels(0.52) == {}


def test_level_outlasts_a_gap_and_no_pause_nor_a_playout_that_stands_still() -> None:
    mixer = Mixer(Tone)
    play(mixer, {"a": 100}, range(50))
    assert mixer.levels(0.7).keys() == {"a"}
    assert mixer.levels(1.0) == {}, "nothing was pulled since"
    for n in range(50, 60):
        mixer.pull(n * 0.01)
    assert mixer.levels(0.6)["a"] < 30, "the fall of a meter, not of a word"
    for n in range(60, 120):
        mixer.pull(n * 0.01)
    assert mixer.levels(1.2) == {}
