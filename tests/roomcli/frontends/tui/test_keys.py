"""Tests of changed keys and wanted themes: what is unusable is told and not fatal."""

from __future__ import annotations

import asyncio

import pytest

from roomcli.errors import ConfigError
from roomcli.frontends.tui.keys import ACTIONS, Keymap
from roomcli.protocol import commands as c
from roomcli.protocol import local

from ....support.tui_seat import seat


@pytest.mark.parametrize(
    ("changes", "kept", "fault"),
    [
        ({"toggle_microphone": "j"}, {"toggle_microphone": "j"}, ""),
        ({"silence": "u", "ask_to_unmute": "s"}, {"silence": "u", "ask_to_unmute": "s"}, ""),
        ({"help": "?, f9"}, {"help": "?,f9"}, ""),
        ({"leave": "ctrl+x"}, {"leave": "ctrl+x"}, ""),
        ({"fly": "f"}, {}, "there is no 'fly' to give a key to"),
        ({"ban": "x"}, {}, "x is the key of remove, so ban keeps B"),
        ({"command": "+"}, {}, "+ is the key of give_time, so command keeps /"),
        ({"ban": "j", "write": "j"}, {"ban": "j"}, "j is the key of ban, so write keeps t"),
        ({"ban": "escape"}, {}, "escape always does what it does, so ban cannot have it"),
        ({"leave": "ctrl+q"}, {}, "ctrl+q always does what it does, so leave cannot have it"),
        ({"ban": "wuff"}, {}, "'wuff' is no key, so ban keeps its own"),
        ({"ban": " , "}, {}, "ban is given no key"),
    ],
)
def test_changes_are_taken_or_said_to_be_no_good(
    changes: dict[str, str], kept: dict[str, str], fault: str
) -> None:
    keymap = Keymap(changes)
    assert keymap.changes == kept
    assert "; ".join(keymap.faults) == fault


def test_no_two_actions_share_a_key() -> None:
    keys = [key for id in ACTIONS for key in Keymap().keys(id)]
    assert len(keys) == len(set(keys))


def test_changed_keys_work_and_are_what_is_shown() -> None:
    async def scenario() -> None:
        keys = {"push_to_talk": "j", "silence": "u", "ask_to_unmute": "s", "help": "f9"}
        async with seat("host", (120, 40), keys={**keys, "nonsense": "x"}) as you:
            await you.sees("there is no 'nonsense'")
            await you.sees("j opens the microphone")
            await you.presses("space")
            assert you.engine.sent == []
            await you.presses("j")
            await you.sees("● ON AIR")
            await you.sees("j mutes")
            you.room.pick("ben1")
            await you.sees("u Silence")
            await you.presses("u")
            await you.until(lambda: c.Silence(id="ben1") in you.sent)
            await you.presses("escape", "f9")
            await you.sees("  j          hold it to speak")
            await you.presses("f9", "ctrl+c", "ctrl+c")
            await you.until(lambda: not you.app.is_running, "ctrl+c always quits")

    asyncio.run(scenario())


def test_a_theme_from_the_start_or_a_word_on_why_not() -> None:
    async def scenario() -> None:
        async with seat("speaker", theme="roomcli-light") as you:
            assert not you.app.current_theme.dark
            await you.presses("space")
            await you.sees("● ON AIR")
            you.engine.say(local.Levels(microphone=-30))
            await you.sees("━━━")
        async with seat(theme="sun") as you:
            await you.sees("There is no theme 'sun'")
            assert you.app.theme == "roomcli"

    asyncio.run(scenario())


def test_a_theme_that_is_chosen_in_the_palette_is_kept() -> None:
    kept: list[str] = []

    def keep(name: str) -> str:
        if name == "dracula":
            raise ConfigError("cannot write it: disk full")
        kept.append(name)
        return ""

    async def scenario() -> None:
        async with seat("speaker", theme="nord", keep_theme=keep) as you:
            await you.presses("ctrl+p")
            await you.types("theme")
            await you.sees("Change the theme")
            await you.presses("enter")
            await you.sees("ansi-dark")
            await you.types("gruvbox")
            await you.misses("nord")
            await you.presses("enter")
            await you.until(lambda: kept == ["gruvbox"])
            assert you.app.theme == "gruvbox"
            you.app.theme = "dracula"
            await you.sees("for now only: cannot write it: disk full")
            assert kept == ["gruvbox"]

    asyncio.run(scenario())
