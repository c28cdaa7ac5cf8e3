"""Tests of what a sound server's cards are called, and which one is meant."""

from __future__ import annotations

import pytest

from roomcli.audio.pulse.endpoints import Direction, Endpoint, Landscape


def endpoint(direction: Direction, id: str, name: str, *, is_monitor: bool = False) -> Endpoint:
    return Endpoint(direction, id, name, 2, 48_000, is_monitor)


DESK = Landscape(
    "PipeWire 1.2",
    (
        endpoint("output", "alsa_output.pci", "Built-in Audio"),
        endpoint("output", "bluez.1", "Headset"),
        endpoint("input", "alsa_output.pci.monitor", "Monitor of Built-in Audio", is_monitor=True),
        endpoint("input", "alsa_input.pci", "Built-in Audio"),
        endpoint("input", "usb.1", "Blue Yeti"),
        endpoint("input", "usb.2", "Blue Yeti"),
    ),
    "usb.2",
    "bluez.1",
)


def test_each_card_is_listed_once_by_its_own_name_and_no_monitor_is() -> None:
    cards = DESK.cards()
    assert [card.name for card in cards if card.outputs] == ["Built-in Audio", "Headset"]
    twins = ["Blue Yeti (usb.1)", "Blue Yeti (usb.2)"]
    assert [card.name for card in cards if card.inputs] == ["Built-in Audio", *twins]
    assert [card.index for card in cards] == list(range(5))
    assert [card.name for card in cards if card.default_input] == ["Blue Yeti (usb.2)"]
    assert [card.name for card in cards if card.default_output] == ["Headset"]


@pytest.mark.parametrize(
    ("spec", "direction", "id"),
    [
        ("", "output", "bluez.1"),
        ("", "input", "usb.2"),
        ("head", "output", "bluez.1"),
        ("Built-in Audio", "input", "alsa_input.pci"),
        ("yeti", "input", "usb.1"),
        ("Blue Yeti (usb.2)", "input", "usb.2"),
        ("usb.2", "input", "usb.2"),
        ("alsa_output.pci.monitor", "input", "alsa_output.pci.monitor"),
        ("0", "output", "alsa_output.pci"),
        ("4", "input", "usb.2"),
    ],
)
def test_a_card_is_found_by_what_a_person_says(spec: str, direction: Direction, id: str) -> None:
    found = DESK.find_endpoint(spec, direction)
    assert found is not None
    assert found.id == id


@pytest.mark.parametrize(
    ("spec", "direction"), [("head", "input"), ("9", "output"), ("4", "output")]
)
def test_what_is_not_there_is_not_found(spec: str, direction: Direction) -> None:
    assert DESK.find_endpoint(spec, direction) is None


def test_what_hears_the_speakers_is_no_microphone() -> None:
    deaf = Landscape("PulseAudio 16.1", DESK.endpoints[:3], "alsa_output.pci.monitor", "bluez.1")
    assert deaf.find_endpoint("", "input") is None
