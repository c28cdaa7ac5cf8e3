"""Tests of real sound cards that come, sleep and wake while somebody is in a room."""

from __future__ import annotations

import time

import pytest

from benchmarks.sound_server import SoundServer
from roomcli.audio.devices import open_output
from roomcli.audio.samples import BLOCK, silence

from ..support.processes import Journey, ParticipantProcess, room_on

BUILT_IN = "pcm.built_in { type pulse }\n"
USB = "pcm.usb { type pulse }\n"
"""ALSA's settings for a card that is plugged in."""
BLOCKS = 600
"""Blocks in six seconds of sound, by which a sink that wakes has made its pauses."""


@pytest.mark.parametrize("late", ["microphone", "speaker"])
def test_a_card_that_is_plugged_in_while_another_is_used_is_found(
    journey: Journey, plugin: SoundServer, late: str
) -> None:
    settings = journey.folder / "Ann" / ".asoundrc"
    settings.parent.mkdir()
    settings.write_text(BUILT_IN)
    url, _ = journey.serve("--no-tls", "--open-hosting")
    usb, built_in = "portaudio:usb", "portaudio:built_in"
    mic, speaker = (usb, built_in) if late == "microphone" else (built_in, usb)
    cards = ("--mic", mic, "--speaker", speaker)
    host = journey.participant("Ann", "host", room_on(url, "standup"), *cards)
    host.joined()
    host.wait_for("device", when=lambda told: told["kind"] == late and bool(told["problem"]))
    settings.write_text(BUILT_IN + USB)
    found = host.wait_for("device", when=lambda told: told["kind"] == late)
    assert (found["name"], found["problem"]) == ("usb", "")
    assert host.ended() == 0


def test_somebody_in_a_room_hears_on_the_desktops_default_and_beside_an_unplugged_card(
    journey: Journey, desktop: SoundServer
) -> None:
    module = desktop.null_sink("headset", description="Headset", awake=False)
    desktop.control("set-default-sink", "room")
    url, _ = journey.serve("--no-tls", "--open-hosting")
    cards = {"one": "default", "two": "headset"}
    ann, ben = (
        journey.participant(room, "host", room_on(url, room), "--mic", "none", "--speaker", card)
        for room, card in cards.items()
    )

    def hears_on(who: ParticipantProcess, name: str) -> None:
        told = who.wait_for("device", when=lambda told: told["kind"] == "speaker")
        assert (told["name"], told["problem"]) == (name, "")

    hears_on(ann, "Room")
    hears_on(ben, "Headset")
    desktop.control("set-default-sink", "headset")
    hears_on(ann, "Headset")
    desktop.control("unload-module", module)
    hears_on(ann, "Room")
    hears_on(ben, "Room, until Headset is back")
    desktop.null_sink("headset", description="Headset", awake=False)
    hears_on(ben, "Headset")


@pytest.mark.parametrize("spec", ["default", "portaudio:pulse"])
def test_a_sink_that_slept_plays(
    plugin: SoundServer, monkeypatch: pytest.MonkeyPatch, spec: str
) -> None:
    """A sink that slept asks for up to two seconds of sound at once, then for none as long."""
    plugin.null_sink("sleepy", awake=False)
    monkeypatch.setenv("PULSE_SINK", "sleepy")
    speaker = open_output(spec)
    moments: list[float] = []

    def feed() -> None:
        moments.append(time.monotonic())
        while speaker.ring.fill < 2 * BLOCK:
            speaker.ring.write(silence(BLOCK))

    feed()
    speaker.start(feed)
    try:
        while len(moments) < BLOCKS:  # what ends the wait is the device, or pytest-timeout
            time.sleep(0.1)
            assert speaker.check(time.monotonic()) is None
    finally:
        speaker.close()
