"""Tests that one table of commands feeds every way to type one, and has the machine's own too."""

from __future__ import annotations

import asyncio
from typing import get_args

import msgspec
import pytest
from msgspec.structs import replace

from roomcli.cli import exits
from roomcli.cli.main import main
from roomcli.engine.control_socket import ControlCommand
from roomcli.frontends.grammar.arguments import choices, fields_of
from roomcli.frontends.grammar.completions import completions
from roomcli.frontends.grammar.control_words import key_command
from roomcli.frontends.grammar.script import Script
from roomcli.frontends.grammar.slash import parse
from roomcli.frontends.grammar.usage import COMMANDS, USAGE, is_for, typed
from roomcli.frontends.plain.reading_aloud import help_lines
from roomcli.frontends.tui.commands import IN_WORDS, offers
from roomcli.frontends.tui.keys import Keymap
from roomcli.frontends.tui.screens.help import help_text
from roomcli.protocol import commands as c
from roomcli.protocol.health import ShowQuality
from roomcli.protocol.local import (
    ChooseMicrophone,
    ChooseSpeakers,
    HearYourself,
    ListDevices,
    LocalCommand,
    PlayChimes,
    PushToTalk,
    ToggleMicrophone,
)
from roomcli.protocol.playing import Pause, PlaySound, Seek, StopPlaying
from roomcli.protocol.sound import ChangeSound

from ....support.fake_room import FakeRoom, entered, make_view
from ....support.plain_seat import TypedLines
from ....support.tui_seat import seat

OWN: dict[str, c.Command] = {
    "toggle_microphone": ToggleMicrophone(),
    "show_quality": ShowQuality(),
    "push_to_talk down": PushToTalk(down=True),
    "push_to_talk up": PushToTalk(down=False),
    "choose_microphone USB mic 2": ChooseMicrophone(device="USB mic 2"),
    "choose_speakers default": ChooseSpeakers(device="default"),
    "list_devices": ListDevices(),
    "change_sound echo=off": ChangeSound(echo="off"),
    "hear_yourself": HearYourself(),
    "hear_yourself off": HearYourself(on=False),
    "play_chimes": PlayChimes(),
    "play_chimes off": PlayChimes(on=False),
    "play_sound": PlaySound(),
    "pause": Pause(),
    "seek by=-10": Seek(by=-10.0),
    "stop_playing": StopPlaying(),
}
"""A line for each command of one's own machine."""


def test_every_command_of_ones_own_machine_has_a_line_here() -> None:
    assert {type(command) for command in OWN.values()} == set(get_args(LocalCommand))


@pytest.mark.parametrize(("line", "command"), OWN.items())
def test_what_one_asks_of_ones_own_machine_is_typed_like_what_one_asks_of_the_room(
    line: str, command: c.Command
) -> None:
    name, _, argument = line.partition(" ")
    assert parse(f"/{line}", entered()) == command
    assert f"/{name} ".rstrip() in [
        each.rstrip() for each in completions(f"/{name[:5]}", entered())
    ]
    fields: dict[str, object] = {"command": name, "ref": 7}
    if argument:
        field, _, value = argument.rpartition("=")
        fields[field or fields_of(type(command))[0].name] = value
    assert Script().reading(fields).command() == msgspec.structs.replace(command, ref=7)
    words = key_command(line.split())
    assert words is None or msgspec.convert(words, ControlCommand) == command
    of_keys = ToggleMicrophone | PushToTalk | PlaySound | Pause | StopPlaying
    assert (words is not None) == isinstance(command, of_keys)


@pytest.mark.parametrize(("line", "command"), OWN.items())
def test_a_plain_room_sends_what_is_typed(line: str, command: c.Command) -> None:
    lines = TypedLines(FakeRoom(make_view("speaker")))
    lines.hears()
    lines.answers(f"/{line}")
    assert command in [replace(each, ref=None) for each in lines.engine.sent]


def test_a_screen_sends_what_is_typed() -> None:
    async def scenario() -> None:
        async with seat("speaker") as you:
            await you.presses("slash")
            await you.types("toggle_microphone")
            await you.presses("enter")
            await you.until(lambda: c.Unmute(lease=True) in you.engine.sent)
            await you.presses("slash")
            await you.types("push_to_talk down")
            await you.presses("enter")
            await you.until(lambda: PushToTalk(down=True) in you.engine.sent)

    asyncio.run(scenario())


def test_help_tells_every_command_in_the_same_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ctl", "--help"]) == exits.DONE
    control = " ".join(capsys.readouterr().out.split())
    for role in ("listener", "host"):
        plain = "\n".join(help_lines(entered(role)))
        page = " ".join(help_text(Keymap(), role, 80).plain.split())
        for name, usage in USAGE.items():
            assert (f"{typed(name)}: {usage.help}" in plain) == is_for(name, role)
            assert (f"{typed(name)} {usage.help}" in page) == is_for(name, role)
            assert f"{typed(name).removeprefix('/')} {usage.help}" in control


def test_the_words_that_a_field_takes_stand_in_its_usage() -> None:
    told = 0
    for name, command in COMMANDS.items():
        for field in fields_of(command):
            if words := choices(field):
                assert "|".join(words) in USAGE[name].arguments, (name, field.name)
                told += 1
    assert told == 39


def test_every_command_is_in_the_palette_where_it_makes_sense() -> None:
    async def scenario() -> None:
        found = set()
        for role in ("listener", "speaker", "host"):
            async with seat(role) as you:
                for offer in offers(you.visit, you.room):
                    words = offer.words if offer.words.startswith("/") else offer.help
                    found.add(words.removeprefix("/").partition(" ")[0])
                    if words != offer.help:
                        assert is_for(words.removeprefix("/").partition(" ")[0], role)
        # What makes sense only at other moments than those of the scripted room.
        unseen = {"accept_stage_invitation", "decline_stage_invitation", "mute", "unlock"}
        unseen |= {"give_time", "lower_hand", "invite_to_stage", "pause", "stop_playing"}
        assert found & COMMANDS.keys() >= COMMANDS.keys() - unseen
        assert unseen <= IN_WORDS <= COMMANDS.keys()

    asyncio.run(scenario())


def test_a_command_without_words_of_its_own_is_done_from_the_palette() -> None:
    async def scenario() -> None:
        async with seat("speaker") as you:
            for name in ("toggle_microphone", "push_to_talk"):
                (offer,) = [
                    each
                    for each in offers(you.visit, you.room)
                    if each.words.partition(" ")[0] == f"/{name}"
                ]
                offer.run()
            await you.until(lambda: c.Unmute(lease=True) in you.engine.sent)
            await you.sees("/push_to_talk down|up")
            assert you.room.talk.composer.value == "/push_to_talk "

    asyncio.run(scenario())
