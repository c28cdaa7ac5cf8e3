"""Tests of the page of one's own settings: each is kept at once, and what is wrong is said."""

from __future__ import annotations

import asyncio

from textual.widgets import Input

from roomcli.cli import settings
from roomcli.errors import UsageError
from roomcli.frontends.model.own_settings import OwnSettings
from roomcli.frontends.tui.screens.own_settings import CHOSEN, THEME, TYPED

from .....support.tui_seat import seat


def kept_in(kept: dict[str, str]) -> OwnSettings:
    """Return settings that are kept in a mapping; a server cannot be changed."""

    def put(name: str, text: str) -> str:
        if name == "server":
            raise UsageError(f"server: {text!r} is not an address")
        kept[name] = text
        return ""

    return OwnSettings(kept.get, put)


def test_each_setting_is_shown_and_kept_at_once() -> None:
    async def scenario() -> None:
        kept = {"name": "Ann", "auto_mute": "45", "call_by_bell": "off"}
        async with seat(own_settings=kept_in(kept)) as you:
            await you.presses("comma")
            await you.sees("Your settings")
            assert you.shows("Ann")
            assert you.shows("[45]")
            assert [row.help for row in CHOSEN if not you.shows(row.help)] == []
            you.app.screen.query_one("#auto_mute").focus()
            await you.presses("left", "left")
            await you.until(lambda: kept["auto_mute"] == "60")
            await you.presses("right", "right")
            await you.until(lambda: kept["auto_mute"] == "45")
            await you.presses("down", "right")
            await you.until(lambda: kept.get("udp") == "off")
            field = you.app.screen.query_one("#name", Input)
            field.focus()
            await you.presses("end", "a", "enter")
            await you.until(lambda: kept["name"] == "Anna")
            you.app.screen.query_one("#server", Input).focus()
            await you.presses("x", "down")
            await you.sees("server: 'x' is not an address")
            await you.presses("escape")
            await you.misses("Your settings")
        assert kept["call_by_bell"] == "off", "what was not touched stays"

    asyncio.run(scenario())


def test_the_theme_changes_while_one_moves_through_the_list() -> None:
    async def scenario() -> None:
        themes: list[str] = []

        def keep(name: str) -> str:
            themes.append(name)
            return ""

        async with seat(keep_theme=keep) as you:
            before = you.app.theme
            await you.presses("comma")
            await you.sees("Your settings")
            await you.presses("right")
            await you.until(lambda: you.app.theme != before)
            await you.until(lambda: themes == [you.app.theme])

    asyncio.run(scenario())


def test_every_setting_has_its_page() -> None:
    here = {THEME, *(each.name for each in (*TYPED, *CHOSEN))}
    of_sound = {"echo", "noise", "level", "high_pass", "gate", "music"}
    of_devices = {"mic", "speaker"}
    assert here | of_sound | of_devices == set(settings.KEYS)
