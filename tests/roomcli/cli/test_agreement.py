"""Tests that doctor, settings, devices, rooms, home and admin say the same things."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from roomcli.cli import admin_rooms, checks, devices, main, notes, people, rooms, settings
from roomcli.errors import AudioError
from roomcli.frontends.model.open_rooms import RoomList
from roomcli.frontends.tui.screens.settings import SettingsScreen
from roomcli.frontends.words.settings_words import BY_INVITE, NOT_LISTED, asked_words, door_words
from roomcli.protocol import events as e
from roomcli.protocol.listing import ListedRoom
from roomcli.protocol.settings import RoomSettings

from ... import ROOT
from ...support.fake_room import FakeRoom, make_view
from ...support.tui_seat import seat
from .test_doctor import MICROPHONE, FakeSound, findings, home, sound

__all__ = ["home", "sound"]

README = (ROOT / "README.md").read_text()


def settle_on(home: Path, text: str) -> None:
    """Write the settings file."""
    file = home / "config/roomcli/config.toml"
    file.parent.mkdir(parents=True)
    file.write_text(text)


# Doctor and the settings.


def test_doctor_and_config_name_the_same_file(
    sound: FakeSound, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for text in ("", 'theme = "roomcli-light"\n'):
        if text:
            settle_on(home, text)
        main.main(["doctor", "--json"])
        told = findings(capsys)[1]["settings"]["text"]
        assert main.main(["config", "show"]) == 0
        assert capsys.readouterr().out.splitlines()[-1] == f"file: {told}"


@pytest.mark.parametrize(
    "text", ['theme = "nowhere"', '[keys]\nraise_hands = "j"', '[keys]\nraise_hand = "t"']
)
def test_what_the_screen_cannot_use_is_told_by_both(
    sound: FakeSound, home: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    settle_on(home, text)
    assert main.main(["config", "show"]) == 2
    fault = capsys.readouterr().err.removeprefix("roomcli: ").strip()
    assert main.main(["doctor", "--json"]) == 0, "one can take part all the same"
    _, found = findings(capsys)
    assert (found["settings"]["ok"], found["settings"]["text"]) == (False, fault)


def test_doctor_looks_for_the_device_that_is_set(
    sound: FakeSound, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def look_for_card(spec: str, direction: str) -> None:
        if (spec, direction) != ("Röhre", "input"):
            raise AudioError(f"no microphone is called {spec!r}: there is Röhre")

    monkeypatch.setattr(sys.modules["roomcli.audio.devices"], "look_for_card", look_for_card)
    for name, ok in (("Röhre", True), ("Blue", False)):
        monkeypatch.setenv("ROOMCLI_MIC", name)
        main.main(["doctor", "--json"])
        found = findings(capsys)[1]["microphone"]
        assert (found["ok"], name in str(found["text"])) == (ok, True)
    assert found["remedy"] == "there is Röhre"


def test_who_set_no_device_needs_none(
    sound: FakeSound, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sound.cards = [MICROPHONE]
    assert main.main(["doctor"]) == 1
    monkeypatch.setenv("ROOMCLI_SPEAKER", "none")
    capsys.readouterr()
    assert main.main(["doctor", "--json"]) == 0
    found = findings(capsys)[1]
    assert found["speaker"]["text"] == "none, as your settings have it"
    assert "Röhre (default)" in str(found["microphone"]["text"])


def test_config_tells_what_holds_where_nothing_is_set(
    sound: FakeSound, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.main(["config", "show"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[: len(settings.KEYS)]] == list(settings.KEYS)
    assert all("(not set: " in line for line in lines[: len(settings.KEYS)])
    assert people.name_of_account() in lines[settings.KEYS.index("name")]


@pytest.mark.parametrize("key", [*settings.KEYS, f"[{settings.TABLE}]"])
def test_the_readme_tells_every_setting(key: str) -> None:
    assert f"`{key}`" in README


@pytest.mark.parametrize(("size", "ok"), [((40, 12), True), ((39, 12), False), ((40, 11), False)])
def test_doctor_is_content_with_the_smallest_screen_that_shows_who_speaks(
    monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], ok: bool
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setattr("shutil.get_terminal_size", lambda *_, **__: os.terminal_size(size))
    monkeypatch.setattr("locale.getpreferredencoding", lambda *_: "UTF-8")
    monkeypatch.setenv("TERM", "xterm-256color")
    assert checks._terminal().ok is ok


# Devices.


def test_what_a_device_can_be_is_said_in_the_same_words(
    sound: FakeSound, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.main(["devices"]) == 0
    told = capsys.readouterr().out
    for command in ("host", "join", "demo", "lobby"):
        main.main([command, "--help"])
        help = " ".join(capsys.readouterr().out.split())
        for words in (devices.MICROPHONE, devices.SPEAKER):
            assert words in told
            assert words in help


# Servers and rooms.


@pytest.fixture
def running() -> Iterator[list[int]]:
    """Listen on two ports that `roomcli host` has noted as servers, and yield the ports."""
    with (
        socket.create_server(("127.0.0.1", 0)) as one,
        socket.create_server(("127.0.0.1", 0)) as two,
    ):
        yield [each.getsockname()[1] for each in (one, two)]


def test_doctor_and_rooms_find_the_same_servers(
    sound: FakeSound,
    running: list[int],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def asked() -> tuple[str, str]:
        assert main.main(["rooms"]) == 0
        return capsys.readouterr()

    monkeypatch.setattr(rooms, "listed", lambda server: [])
    notes.write_note(notes.Note(os.getpid(), f"ws://127.0.0.1:{running[0]}", "standup", "x"))
    main.main(["doctor", "--json"])
    told = findings(capsys)[1]["server"]["text"]
    server = f"ws://127.0.0.1:{running[0]}"
    assert told == f"none configured; here runs {server}"
    assert asked() == (f"no open rooms on {server}; {NOT_LISTED}\n", "")
    notes.write_note(notes.Note(os.getpid(), f"ws://127.0.0.1:{running[1]}", "retro", "x"))
    main.main(["doctor", "--json"])
    told = findings(capsys)[1]["server"]["text"]
    assert all(str(port) in str(told) for port in running)
    said = asked()[1]
    assert said.startswith("2 servers run on this machine: asking the one on port")
    assert said.count("\n") == 1


@pytest.mark.parametrize("password", [True, False])
@pytest.mark.parametrize("locked", [True, False])
@pytest.mark.parametrize("access", ["open", "invite"])
def test_a_door_is_told_in_the_same_words_everywhere(
    access: str, password: bool, locked: bool
) -> None:
    told: dict[str, Any] = {
        "name": "standup",
        "stage": 1,
        "audience": 0,
        "access": access,
        "password": password,
        "locked": locked,
    }
    words = door_words(access=access, password=password, locked=locked)
    assert len(words) == (access == "invite") + password + locked
    line = rooms._room_line(told)
    listed = RoomList()
    listed.change(e.RoomsListed(rooms=(msgspec.convert(told, ListedRoom),)))
    (room,) = listed.open
    admins = admin_rooms.RoomRow(
        **{key: told[key] for key in told},
        people=1,
        host=None,
        listed=True,
        opened_at=0.0,
    )
    assert list(room.door) == words
    assert admins.door == (", ".join(words) or "open")
    for each in (BY_INVITE, "wants a password", "locked"):
        assert (each in line) is (each in words)


def test_the_rule_of_a_room_is_told_in_the_servers_words_and_cleaned() -> None:
    told = {"name": "standup", "asks": ["others\x1b[2J knock", 7, "x" * 900, *["more"] * 9]}
    line = rooms._room_line(told)
    assert "others knock" in line.replace("[2J", "")
    assert "\x1b" not in line
    assert "x" * 601 not in line
    assert line.count("more") == 3
    assert asked_words({"not": "a list"}) == []


def test_the_page_of_settings_says_who_comes_in() -> None:
    async def scenario() -> None:
        from msgspec.structs import replace

        for access, words in (("invite", BY_INVITE), ("open", "open to everybody")):
            view = replace(make_view("host"), access=access, settings=RoomSettings())
            async with seat("host", room=FakeRoom(view)) as you:
                await you.presses("S")
                await you.sees("Entrance")
                assert isinstance(you.app.screen, SettingsScreen)
                assert you.shows(f"Entrance   {words}")

    asyncio.run(scenario())


def test_a_number_of_rooms_is_told_to_scripts_as_it_came(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(rooms, "listed", lambda server: [])
    assert main.main(["rooms", "--json", "--server", "ws://127.0.0.1"]) == 0
    assert json.loads(capsys.readouterr().out) == {"server": "ws://127.0.0.1:7420", "rooms": []}
