"""Tests of what a client knows of its own devices, and says of them."""

from __future__ import annotations

from roomcli.frontends.grammar.completions import completions
from roomcli.frontends.model.own_devices import OwnDevices, kept_for_now, with_device
from roomcli.frontends.words.device_words import chosen_line, devices_line
from roomcli.protocol.local import Device, DeviceChosen, DeviceList, DeviceStatus, Enter

from ....support.fake_room import entered

LISTED = DeviceList(microphones=("Built-in", "USB mic", "USB mic"), speakers=("Headphones",))
USB = DeviceChosen(kind="microphone", device="USB mic")


def test_the_newest_of_each_kind_is_known() -> None:
    own = OwnDevices()
    assert own.choices("microphone") == ()
    status = DeviceStatus(kind="speaker", latency_ms=12.5)
    for news in (LISTED, USB, Device(kind="microphone", name="USB mic"), status):
        own.receive(news)
    own.receive(Device(kind="microphone", name="USB mic", problem="unplugged"))
    assert own.choices("microphone") == ("Built-in", "USB mic")
    assert own.choices("speaker") == ("Headphones",)
    assert own.used["microphone"].problem == "unplugged"
    assert own.chosen == {"microphone": "USB mic"}
    assert own.status == {"speaker": status}


def test_what_was_chosen_is_what_the_next_room_is_entered_with() -> None:
    enter = Enter(url="ws://localhost/r/a", name="Ann", speaker="Headphones")
    assert with_device(enter, USB).mic == "USB mic"
    assert with_device(enter, USB).speaker == "Headphones"
    assert with_device(enter, DeviceChosen(kind="speaker", device="default")).speaker is None
    assert kept_for_now(USB) == ""


def test_devices_are_told_in_a_line() -> None:
    assert chosen_line(USB) == "Microphone from now on: USB mic"
    default = DeviceChosen(kind="speaker", device="default")
    assert chosen_line(default) == "Speakers from now on: the system's default"
    assert devices_line(LISTED).startswith("Microphones: Built-in, USB mic. Speakers: Headphones.")
    assert devices_line(DeviceList()).startswith("Microphones: none. Speakers: none.")


def test_names_of_devices_are_completed_once_they_are_known() -> None:
    room = entered()
    assert completions("/choose_microphone u", room) == []
    room.receive(LISTED, 0.0, 0.0)
    assert completions("/choose_microphone u", room) == ["/choose_microphone USB mic"]
    assert completions("/mic u", room) == ["/choose_microphone USB mic"]
    assert completions("/choose_speakers ", room) == ["/choose_speakers Headphones"]
