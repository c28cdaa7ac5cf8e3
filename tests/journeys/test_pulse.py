"""Tests of real sound cards: PortAudio through ALSA's plugin into PulseAudio's null sinks."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from benchmarks.sound_server import SoundServer
from roomcli.audio.devices import open_input, open_output
from roomcli.audio.portaudio import devices
from roomcli.audio.samples import BLOCK, RATE

from ..support.patience import PATIENCE


def test_sound_card_plays_what_another_captures(
    plugin: SoundServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PULSE_SINK", "room")
    monkeypatch.setenv("PULSE_SOURCE", "room.monitor")
    speaker, microphone = open_output("portaudio:pulse"), open_input("portaudio:pulse")
    phase = 0
    done = threading.Event()
    heard: list[np.ndarray] = []

    def feed() -> None:
        nonlocal phase
        while speaker.ring.fill < 4 * BLOCK:
            time = (np.arange(BLOCK) + phase) / RATE
            speaker.ring.write((0.2 * np.sin(2 * np.pi * 440 * time)).astype(np.float32))
            phase += BLOCK

    def listen() -> None:
        heard.append(microphone.ring.read(microphone.ring.fill)[0])
        if sum(map(len, heard)) > 2 * RATE:
            done.set()

    feed()
    microphone.start(listen)
    speaker.start(feed)
    try:
        assert done.wait(PATIENCE), (speaker.check(0.0), microphone.check(0.0), len(heard))
    finally:
        speaker.close()
        microphone.close()
    assert (speaker.kind, microphone.failed, speaker.failed) == ("device", None, None)
    assert 0 < speaker.latency < 1
    sound = np.concatenate(heard)[-RATE // 2 :]
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    assert float(np.argmax(spectrum)) * RATE / len(sound) == pytest.approx(440, abs=4)
    assert np.sqrt(np.mean(sound**2)) == pytest.approx(0.2 / np.sqrt(2), rel=0.1)


def test_sound_server_that_dies_is_noticed(plugin: SoundServer) -> None:
    speaker = open_output("portaudio:pulse")
    begun = threading.Event()
    speaker.start(begun.set)
    try:
        assert begun.wait(PATIENCE)
        plugin.close()
        while speaker.check(time.monotonic()) is None:
            time.sleep(0.05)  # what ends the wait is the device, or pytest-timeout
        assert speaker.failed is not None
        assert "taken by another program" in speaker.failed
    finally:
        speaker.close()


def test_list_names_cards_and_defaults(plugin: SoundServer) -> None:
    cards = devices()
    card = next(card for card in cards if card.name == "pulse")
    assert card.inputs > 0
    assert card.outputs > 0
    assert card.host_api == "ALSA"
    assert sum(card.default_output for card in cards) == 1


def test_listing_prints_nothing(plugin: SoundServer, capfd: pytest.CaptureFixture[str]) -> None:
    devices()
    open_input("portaudio:").close()
    open_output("portaudio:").close()
    assert capfd.readouterr() == ("", "")
