"""Tests of the pages over the room: the line for friends, the audience, the palette, help."""

from __future__ import annotations

import asyncio

import pytest
from msgspec.structs import replace

from roomcli.frontends.tui.commands import offers
from roomcli.frontends.tui.keys import ACTIONS
from roomcli.frontends.tui.screens.help import HelpText
from roomcli.protocol import commands as c

from .....support.fake_room import FakeRoom, make_view
from .....support.tui_seat import SHARE, seat


def test_the_line_for_friends_comes_first_and_again() -> None:
    async def scenario() -> None:
        async with seat("host", share_line=SHARE) as you:
            await you.sees("#invite=sesame")
            await you.presses("c")
            assert you.app.clipboard == SHARE.replace("{invite}", "sesame")
            await you.sees("sent to the terminal's clipboard; p prints it")
            await you.presses("enter")
            await you.misses("#invite=sesame")
            await you.presses("L")
            await you.sees("#invite=sesame")

    asyncio.run(scenario())


def test_the_line_for_friends_scrolls_where_the_terminal_is_small() -> None:
    async def scenario() -> None:
        async with seat("host", (26, 9), share_line=f"{SHARE}\nadvice\nlast word") as you:
            await you.sees("Invite")
            assert not you.shows("last word")
            await you.presses("end")
            await you.sees("Enter")

    asyncio.run(scenario())


def test_the_audience_is_paged() -> None:
    async def scenario() -> None:
        async with seat("host", room=FakeRoom(make_view("host", 250))) as you:
            await you.presses("p")
            await you.sees("People  250")
            await you.presses("end", "end")
            await you.until(lambda: c.ListPeople(offset=100) in you.engine.sent)
            await you.presses("home", "i")
            await you.until(lambda: c.InviteToStage(id="p0") in you.engine.sent)

    asyncio.run(scenario())


def test_the_palette_does_what_keys_do() -> None:
    async def scenario() -> None:
        async with seat("host") as you:
            await you.presses("ctrl+p")
            await you.types("silence ben")
            await you.sees("Silence Ben Okafor (co-host)")
            await you.presses("enter", "enter")
            await you.until(lambda: c.Silence(id="ben1") in you.engine.sent)

    asyncio.run(scenario())


@pytest.mark.parametrize("key", ["question_mark", "f1"])
def test_help_tells_the_keys(key: str) -> None:
    async def scenario() -> None:
        async with seat() as you:
            await you.presses(key)
            await you.sees("raise or lower your hand")
            await you.presses("escape")
            await you.misses("raise or lower your hand")

    asyncio.run(scenario())


def test_help_names_what_can_be_given_another_key_and_what_clashes() -> None:
    async def scenario() -> None:
        keys = {"raise_hand": "j", "leave": "t"}
        async with seat(size=(80, 24), keys=keys) as you:
            await you.presses("question_mark")
            await you.sees("raise or lower your hand")
            text = you.app.screen.query_one(HelpText)
            said = str(text.content)
            fault = "Not as you set it: t is the key of write, so leave keeps q"
            assert fault in said
            words = said.partition(fault)[2].split()
            for id in ACTIONS:
                assert id in words
            assert words[words.index("raise_hand") + 1] == "j"
            assert words[words.index("leave") + 1] == "q"

    asyncio.run(scenario())


def test_removing_from_the_audience_asks_once() -> None:
    async def scenario() -> None:
        async with seat("host", room=FakeRoom(make_view("host", 30))) as you:
            await you.presses("p")
            await you.sees("Ida Berg")
            await you.presses("down", "x")
            await you.sees("Remove Jon Ito from the room?")
            await you.presses("escape", "x")
            assert not any(isinstance(sent, c.Remove) for sent in you.engine.sent)
            await you.confirms()
            await you.until(lambda: c.Remove(id="p1") in you.engine.sent)
            await you.presses("escape")
            await you.misses("Left lately")

    asyncio.run(scenario())


def test_listeners_only_look_at_the_audience() -> None:
    async def scenario() -> None:
        async with seat("listener", room=FakeRoom(make_view("listener", 30))) as you:
            await you.presses("p")
            await you.sees("Ida Berg")
            await you.presses("down", "i", "x", "B")
            assert you.engine.sent == [c.ListPeople(offset=0)]

    asyncio.run(scenario())


def test_the_palette_offers_what_makes_sense() -> None:
    async def scenario() -> None:
        async with seat("listener") as you:
            listener = {offer.words for offer in offers(you.visit, you.room)}
        async with seat("host") as you:
            host = {offer.words for offer in offers(you.visit, you.room)}
        assert "Raise your hand" in listener - host
        assert {"Silence Ben Okafor (co-host)", "Lock the room: nobody new"} <= host - listener
        assert {"Leave the room", "Keys and help", "Applaud 👏"} <= host & listener

    asyncio.run(scenario())


def test_ending_the_room_is_asked_by_another_key() -> None:
    async def scenario() -> None:
        async with seat("host") as you:
            await you.presses("ctrl+p")
            await you.types("end the room")
            await you.sees("End the room for everyone")
            await you.presses("enter", "enter")
            await you.sees("y: yes   n: no")
            await you.presses("n")
            await you.misses("y: yes")
            await you.presses("ctrl+p")
            await you.types("end the room")
            await you.sees("End the room for everyone")
            await you.presses("enter", "enter")
            await you.sees("y: yes   n: no")
            assert you.engine.sent == []
            await you.presses("y")
            await you.until(lambda: c.EndRoom() in you.engine.sent)

    asyncio.run(scenario())


def test_who_has_no_invite_to_give_is_told() -> None:
    async def scenario() -> None:
        view = replace(make_view("listener"), access="invite")
        async with seat(room=FakeRoom(view)) as you:
            await you.presses("L")
            await you.sees("Only a host can invite people to this room")

    asyncio.run(scenario())
