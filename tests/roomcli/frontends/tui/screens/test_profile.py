"""Tests of the page of one's own profile, and of a profile on somebody's card."""

from __future__ import annotations

import asyncio

import pytest
from msgspec.structs import replace

from roomcli.frontends.tui.app import RoomcliApp
from roomcli.protocol import commands as c
from roomcli.protocol.profile import Profile

from .....support.tui_seat import (
    ENTER,
    NO_ROOMS,
    SERVER,
    ScreenSeat,
    ScriptedDesk,
    ScriptedEngines,
    app_seat,
    seat,
)

ROBIN = Profile(
    name="Robin Keller",
    headline="Keeper of the lighthouse",
    company="Coast & Sons",
    location="Skagen",
    links=("https://robin.example",),
)
FAY = Profile(
    name="Fay Nakamura",
    pronouns="she/her",
    bio="Tests what others trust.",
    links=("https://fay.example", "https://tern.example"),
)


async def changes_company(you: ScreenSeat[RoomcliApp], desk: ScriptedDesk) -> None:
    await you.sees("Coast & Sons")
    await you.sees("Everybody here can read it, and find you by it")
    await you.presses("down", "down", "end", *" Ltd", "enter")
    change = c.ChangeProfile(company="Coast & Sons Ltd")
    await you.until(lambda: change in desk.asked, f"{desk.asked}")
    await you.sees("Your profile is changed")
    await you.misses("Skagen")


def test_only_what_was_changed_is_sent_from_a_room() -> None:
    async def scenario() -> None:
        desk = ScriptedDesk(ROBIN)
        async with seat(desk=desk) as you:
            await you.presses("P")
            await changes_company(you, desk)
            assert you.engine.sent == []

    asyncio.run(scenario())


def test_the_profile_is_a_key_a_click_and_in_the_palette_at_home() -> None:
    async def scenario() -> None:
        desk, engines = ScriptedDesk(ROBIN), ScriptedEngines()
        app = RoomcliApp(replace(ENTER, url=""), engines, (SERVER,), NO_ROOMS, ask=desk)
        async with app_seat(app, engines, (140, 30)) as you:
            await you.sees("type to find a room")
            await you.presses("P")
            await changes_company(you, desk)
            await you.pilot.click(offset=you.place("P Profile"))
            await you.sees("Skagen")
            await you.presses("escape")
            await you.misses("Skagen")
            await you.presses("ctrl+p", *"your prof", "enter")
            await you.sees("Skagen")
            await you.presses("escape")
            await you.misses("Skagen")
            await you.presses("x", "P")
            await you.sees("xP")

    asyncio.run(scenario())


def test_what_the_server_does_not_take_stays_on_the_page_with_the_reason() -> None:
    async def scenario() -> None:
        desk = ScriptedDesk(ROBIN)
        async with seat(desk=desk) as you:
            await you.presses("P")
            await you.sees("Skagen")
            await you.presses("end", *" (host)")
            desk.refuses = "a name cannot hold (host)"
            await you.presses("enter")
            await you.sees("a name cannot hold (host)")
            await you.sees("Keller (host)")
            desk.refuses = ""
            await you.presses("escape")
            await you.misses("Skagen")

    asyncio.run(scenario())


def test_without_a_server_the_page_says_so() -> None:
    async def scenario() -> None:
        desk = ScriptedDesk()
        desk.refuses = "there is no connection to the server"
        async with seat(desk=desk) as you:
            await you.presses("P")
            await you.sees("there is no connection")
            await you.presses("enter", "escape")
            await you.misses("there is no connection")

    asyncio.run(scenario())


@pytest.mark.parametrize("line", ["/show_profile", "/change_profile"])
def test_a_typed_line_opens_the_page(line: str) -> None:
    async def scenario() -> None:
        async with seat(desk=ScriptedDesk(ROBIN)) as you:
            await you.presses("slash", *line[1:], "enter")
            await you.sees("Skagen")

    asyncio.run(scenario())


def test_a_card_tells_the_whole_profile() -> None:
    async def scenario() -> None:
        async with seat(desk=ScriptedDesk(FAY1=FAY)) as you:
            you.room.pick("fay1")
            await you.presses("enter")
            for text in ("she/her", "Tests what others trust.", "https://fay.example https://tern"):
                await you.sees(text)
            assert not you.shows("company")
            await you.presses("escape", "slash", *"show_profile fay", "enter")
            await you.sees("she/her")

    asyncio.run(scenario())


def test_deleting_is_asked_once() -> None:
    async def scenario() -> None:
        async with seat() as you:
            await you.presses("slash", *"delete_profile", "enter")
            await you.sees("Delete all that this server holds about you?")
            assert you.engine.sent == []
            await you.presses("y")
            await you.sends(c.DeleteProfile())
            await you.sees("What this server held about you is deleted")

    asyncio.run(scenario())


def test_a_card_follows_and_blocks() -> None:
    async def scenario() -> None:
        async with seat(desk=ScriptedDesk(FAY1=FAY)) as you:
            for choice in ("Follow Fay Nakamura", "Block Fay Nakamura"):
                you.room.pick("fay1")
                await you.presses("enter")
                await you.sees(choice)
                await you.pilot.click(offset=you.place(choice))
                await you.misses("she/her")
            await you.sends(c.Follow(person="FAY1"), c.Block(person="FAY1"))
            await you.sees("You block Fay Nakamura, who is not told")

    asyncio.run(scenario())
