"""Tests of doctor and devices: what is missing, what to do, and whether one can take part."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

from roomcli.audio.device import DeviceInfo
from roomcli.audio.libopus import LibraryInfo
from roomcli.audio.sound_system import SoundSystem
from roomcli.cli import main
from roomcli.engine.udp_trial import UdpTrial
from roomcli.errors import AudioError, CommandRefused

from ..test_folders import settle


def card(index: int, name: str, inputs: int, outputs: int) -> DeviceInfo:
    return DeviceInfo(index, name, "ALSA", inputs, outputs, 48_000, inputs > 0, outputs > 0)


MICROPHONE = card(0, "Röhre", 1, 0)
SPEAKER = card(1, "Horn", 0, 2)


class FakeSound:
    """The sound that a machine has; tests remove what should be missing."""

    DEVICES = ("list_devices", "look_for_card", "describe_speakers")

    def __init__(self) -> None:
        self.cards: list[DeviceInfo] | AudioError = [MICROPHONE, SPEAKER]
        self.opus: LibraryInfo | AudioError = LibraryInfo("libopus.so", "libopus 1.6.1", "bundle")

    def list_devices(self) -> list[DeviceInfo]:
        if isinstance(self.cards, AudioError):
            raise self.cards
        return self.cards

    def look_for_card(self, spec: str, direction: str) -> None:
        pass

    def describe_speakers(self) -> str:
        return "Horn: 16.0 ms buffered (10 asked for)"

    def libopus(self) -> LibraryInfo:
        if isinstance(self.opus, AudioError):
            raise self.opus
        return self.opus


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    return settle(monkeypatch, tmp_path)


@pytest.fixture
def sound(monkeypatch: pytest.MonkeyPatch) -> FakeSound:
    there = FakeSound()
    system = SoundSystem(True, "PipeWire 1.2, by libpulse")
    for name, functions in (
        ("devices", {name: getattr(there, name) for name in FakeSound.DEVICES}),
        ("opus", {"libopus": there.libopus}),
        ("sound_system", {"find_sound_system": lambda: system}),
    ):
        module = ModuleType(f"roomcli.audio.{name}")
        vars(module).update(functions)
        monkeypatch.setitem(sys.modules, module.__name__, module)
    # Permission is asked of a real microphone, on macOS only.
    monkeypatch.setattr(sys, "platform", "linux")
    return there


def findings(capsys: pytest.CaptureFixture[str]) -> tuple[bool, dict[str, dict[str, object]]]:
    said = json.loads(capsys.readouterr().out)
    return said["ok"], {each["what"]: each for each in said["checks"]}


def test_a_machine_with_everything(sound: FakeSound, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["doctor", "--json"]) == 0
    able, found = findings(capsys)
    assert able
    assert list(found) == [
        "settings",
        "folders",
        "codec",
        "sound",
        "microphone",
        "speaker",
        "terminal",
        "server",
        "udp",
        "held key",
    ]
    assert all(each["ok"] for each in found.values())
    assert "PipeWire 1.2, by libpulse; Horn: 16.0 ms" in str(found["sound"]["text"])


def test_without_a_microphone_one_can_listen(
    sound: FakeSound, capsys: pytest.CaptureFixture[str]
) -> None:
    sound.cards = [SPEAKER]
    assert main.main(["doctor", "--json"]) == 0
    _, found = findings(capsys)
    assert not found["microphone"]["ok"]
    assert "plug one in" in str(found["microphone"]["remedy"])


@pytest.mark.parametrize(
    ("cards", "what"),
    [
        ([MICROPHONE], "speaker"),
        ([], "speaker"),
        (AudioError("no PortAudio here: install it with `apt install libportaudio2`"), "sound"),
    ],
)
def test_without_anything_to_hear_with_one_cannot_take_part(
    sound: FakeSound,
    cards: list[DeviceInfo] | AudioError,
    what: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    sound.cards = cards
    assert main.main(["doctor", "--json"]) == 1
    able, found = findings(capsys)
    assert not able
    assert not found[what]["ok"]
    assert found[what]["remedy"]


def test_without_a_codec(sound: FakeSound, capsys: pytest.CaptureFixture[str]) -> None:
    sound.opus = AudioError("no Opus codec on this machine: install it with `apt install libopus0`")
    assert main.main(["doctor"]) == 1
    said = capsys.readouterr().out
    assert "problem  codec" in said
    assert "install it with `apt install libopus0`" in said
    assert said.endswith("You cannot take part yet.\n")


def test_a_broken_file_is_a_finding(
    sound: FakeSound, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "config/roomcli").mkdir(parents=True)
    (home / "config/roomcli/config.toml").write_text("name = 3")
    assert main.main(["doctor", "--json"]) == 1
    _, found = findings(capsys)
    assert not found["settings"]["ok"]
    assert found["codec"]["ok"]


def test_a_configured_server_that_does_not_answer(
    sound: FakeSound, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ROOMCLI_SERVER", "ws://127.0.0.1:1")
    assert main.main(["doctor", "--json"]) == 1
    _, found = findings(capsys)
    assert not found["server"]["ok"]


def test_a_key_of_the_desktop_that_is_wanted_is_looked_for(
    sound: FakeSound, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    monkeypatch.setenv("ROOMCLI_PUSH_TO_TALK_ANYWHERE", "on")
    assert main.main(["doctor", "--json"]) == 0
    _, found = findings(capsys)
    assert not found["held key"]["ok"]
    assert "there is no session bus" in str(found["held key"]["text"])
    assert "roomcli ctl ptt" in str(found["held key"]["remedy"])


def test_over_ssh_the_devices_are_the_other_machines(
    sound: FakeSound, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "10.0.0.1 22 10.0.0.2 22")
    sound.cards = []
    assert main.main(["doctor"]) == 1
    assert "of the machine you are logged in to" in capsys.readouterr().out
    assert main.main(["devices"]) == 0
    assert "not of the one you sit at" in capsys.readouterr().err


def test_devices(sound: FakeSound, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["devices"]) == 0
    said = capsys.readouterr().out
    assert "microphones:\n    0  Röhre (ALSA), default\n" in said
    assert "speakers:\n    1  Horn (ALSA), default\n" in said
    assert "\nsound: PipeWire 1.2, by libpulse\n" in said
    assert main.main(["devices", "--json"]) == 0
    assert [each["name"] for each in json.loads(capsys.readouterr().out)["devices"]] == [
        "Röhre",
        "Horn",
    ]


def test_devices_without_portaudio(sound: FakeSound, capsys: pytest.CaptureFixture[str]) -> None:
    sound.cards = AudioError("no PortAudio here")
    assert main.main(["devices", "--json"]) == 1
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "roomcli: no PortAudio here\n")


@pytest.mark.parametrize(
    ("trial", "ok", "words"),
    [
        (UdpTrial(True, True, True), True, "gets through to wss://rooms.test:7420, and back"),
        (UdpTrial(True, True), False, "but nothing comes back"),
        (UdpTrial(True), False, "does not get through"),
        (UdpTrial(False), True, "offers none"),
        (CommandRefused("hosting_not_allowed", "by invitation"), True, "not tried"),
    ],
)
def test_it_says_whether_udp_works_each_way(
    trial: UdpTrial | CommandRefused,
    ok: bool,
    words: str,
    sound: FakeSound,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def try_udp(*_: object) -> UdpTrial:
        if isinstance(trial, CommandRefused):
            raise trial
        return trial

    monkeypatch.setenv("ROOMCLI_SERVER", "wss://rooms.test")
    monkeypatch.setattr("roomcli.engine.udp_trial.try_udp", try_udp)
    monkeypatch.setattr("roomcli.cli.inquiry.ask", lambda *_: None)
    main.main(["doctor", "--json"])
    able, found = findings(capsys)
    assert able, "voice can do without"
    assert found["udp"]["ok"] is ok
    assert words in str(found["udp"]["text"])
    assert bool(found["udp"]["remedy"]) is not ok
