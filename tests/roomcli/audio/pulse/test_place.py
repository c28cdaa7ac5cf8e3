"""Tests of where a stream belongs while cards come and go."""

from __future__ import annotations

from dataclasses import replace

import pytest

from roomcli.audio.pulse.endpoints import Landscape
from roomcli.audio.pulse.place import MICROPHONE, SPEAKERS, CardPlace
from roomcli.errors import AudioError

from .test_endpoints import DESK


def without(*ids: str) -> Landscape:
    left = tuple(each for each in DESK.endpoints if each.id not in ids)
    return replace(DESK, endpoints=left)


def test_who_asked_for_a_card_gets_another_one_until_it_is_back() -> None:
    place = CardPlace(SPEAKERS, "Headset", DESK)
    assert (place.card, place.name_of("bluez.1")) == ("bluez.1", "Headset")
    assert not place.survey(without("bluez.1"))
    assert place.card is None
    assert place.name_of("alsa_output.pci") == "Built-in Audio, until Headset is back"
    assert not place.survey(without("bluez.1")), "told once"
    assert place.survey(DESK)
    assert place.card == "bluez.1"
    assert not place.survey(DESK)


def test_who_asked_for_none_is_where_the_server_likes() -> None:
    place = CardPlace(SPEAKERS, "", DESK)
    assert (place.card, place.likely_card) == (None, "bluez.1")
    place.survey(replace(without("bluez.1"), default_output="alsa_output.pci"))
    assert (place.card, place.likely_card) == (None, "alsa_output.pci")
    assert place.name_of("alsa_output.pci") == "Built-in Audio"
    assert place.name_of("hdmi.1") is None, "it came since"


def test_what_speakers_play_stands_in_for_no_microphone() -> None:
    place = CardPlace(MICROPHONE, "usb.1", DESK)
    with pytest.raises(AudioError, match="no microphone found: PipeWire"):
        place.survey(without("usb.1", "usb.2", "alsa_input.pci"))
    assert place.survey(DESK), "and it may come back"


def test_the_default_that_the_environment_names_is_left_to_libpulse(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PULSE_SINK", "elsewhere")
    place = CardPlace(SPEAKERS, "", replace(DESK, endpoints=()))
    assert place.card is None
