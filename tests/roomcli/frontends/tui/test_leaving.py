"""Tests of the ways out of the room, after none of which a microphone stays open."""

from __future__ import annotations

import asyncio

import pytest
from msgspec.structs import replace

from roomcli.frontends.engine_process import RENEWAL
from roomcli.frontends.outcome import Outcome
from roomcli.frontends.tui import visit
from roomcli.protocol import commands as c
from roomcli.protocol import local

from ....support.fake_room import YOU, FakeRoom, make_view
from ....support.tui_seat import SHARE, seat


def test_control_c_twice_leaves() -> None:
    async def scenario() -> None:
        async with seat() as you:
            await you.presses("ctrl+c")
            await you.sees("Leave the room?")
            assert you.engine.sent == []
            await you.presses("ctrl+c")
            await you.until(lambda: not you.app.is_running)
            assert you.engine.sent == [c.Leave()]
            assert you.app.return_value == Outcome(130)

    asyncio.run(scenario())


def test_control_c_copies_while_something_is_selected_and_then_leaves_as_ever() -> None:
    async def scenario() -> None:
        async with seat() as you:
            await you.sees("Ann Lindqvist")
            await you.drags("Ann", "Ann Lindqvist")
            await you.presses("ctrl+c")
            await you.sees("Sent to the terminal's clipboard")
            assert you.app.clipboard == "Ann Lindqvist"
            assert not you.shows("Leave the room?")
            await you.presses("ctrl+c")
            await you.sees("Leave the room?")
            await you.presses("escape")
            await you.misses("Leave the room?")
            await you.drags("Ann", "Ann Lindqvist")
            await you.presses("escape", "ctrl+c")
            await you.sees("Leave the room?")

    asyncio.run(scenario())


@pytest.mark.parametrize("key", ["q", "ctrl+q"])
def test_leaving_waits_for_the_engines_last_word(key: str) -> None:
    async def scenario() -> None:
        async with seat() as you:
            await you.presses(key)
            await you.until(lambda: you.app.return_value is not None)
            assert you.app.return_value == Outcome(0, "", "left")

    asyncio.run(scenario())


def test_a_host_whose_server_ends_is_asked() -> None:
    async def scenario() -> None:
        async with seat("host", ends_room=True) as you:
            await you.presses("q")
            await you.sees("for everyone")
            assert you.engine.sent == []
            await you.presses("q")
            await you.sends(c.Leave())

    asyncio.run(scenario())


def test_a_host_says_who_goes_on() -> None:
    async def scenario() -> None:
        async with seat("host") as you:
            await you.presses("q")
            await you.sees("Hand over to Ann Lindqvist")
            await you.presses("q")
            await you.misses("Hand over to")
            await you.presses("q", "down", "enter")
            await you.until(lambda: you.app.return_value is not None)
            assert you.sent == [c.HandOver(id="ben1"), c.Leave()]
        async with seat("host") as you:
            await you.presses("q", "end", "enter")
            await you.misses("Hand over to")
            assert you.engine.sent == [], "stays"
            await you.presses("q", "end", "up", "enter")
            await you.sends(c.EndRoom())
        async with seat("host") as you:
            await you.presses("ctrl+q", "ctrl+q")
            await you.until(lambda: you.app.return_value is not None)
            assert you.sent == [c.Leave()], "ctrl+q always quits"

    asyncio.run(scenario())


def test_a_host_who_is_alone_just_leaves() -> None:
    async def scenario() -> None:
        view = make_view("host", 0)
        alone = replace(view, stage={YOU: view.stage[YOU]}, hands=())
        async with seat("host", room=FakeRoom(alone)) as you:
            await you.presses("q")
            await you.sends(c.Leave())

    asyncio.run(scenario())


def test_control_z_mutes_before_it_stops() -> None:
    async def scenario() -> None:
        async with seat("speaker") as you:
            stopped: list[bool] = []
            you.app.action_suspend_process = (  # type: ignore[method-assign]
                lambda: stopped.append(you.model.microphone_open)
            )
            await you.presses("space")
            await you.sees("● ON AIR")
            await you.presses("ctrl+z")
            await you.until(lambda: stopped)
            assert stopped == [False]
            assert you.engine.sent[-1] == c.Mute()

    asyncio.run(scenario())


def test_the_lease_is_renewed_while_the_microphone_is_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert RENEWAL <= 1.0
    monkeypatch.setattr(visit, "RENEWAL", 0.1)

    async def scenario() -> None:
        async with seat("speaker") as you:
            renewed: list[c.Command] = []
            plain_send = you.engine.send

            def send(command: c.Command) -> None:
                if isinstance(command, local.RenewMicrophone):
                    renewed.append(command)
                plain_send(command)

            you.engine.send = send  # type: ignore[method-assign]
            await you.pilot.pause(0.3)
            assert renewed == []
            await you.presses("space")
            await you.until(lambda: len(renewed) >= 2)

    asyncio.run(scenario())


def test_the_engines_last_word_is_the_outcome() -> None:
    async def scenario() -> None:
        async with seat() as you:
            you.engine.say(local.Left(code="removed", text="Ann removed you", exit_code=4))
            await you.until(lambda: you.app.return_value is not None)
            assert you.app.return_value == Outcome(4, "Ann removed you", "removed")

    asyncio.run(scenario())


def test_a_question_below_a_page_is_told_above_it() -> None:
    async def scenario() -> None:
        async with seat("host", ends_room=True) as you:
            await you.presses("question_mark")
            await you.sees("raise or lower your hand")
            await you.presses("ctrl+q")
            await you.sees("Ctrl+Q again")
            assert you.engine.sent == []
            await you.presses("ctrl+q")
            await you.sends(c.Leave())

    asyncio.run(scenario())


def test_the_line_for_friends_is_the_last_word_where_the_room_goes_on() -> None:
    async def scenario() -> None:
        async with seat("host", share_line=SHARE) as you:
            line = SHARE.replace("{invite}", "sesame")
            await you.sees("sesame")
            assert you.app.last_words() == line
        async with seat("host", share_line=SHARE, ends_room=True) as you:
            assert you.app.last_words() == ""

    asyncio.run(scenario())
