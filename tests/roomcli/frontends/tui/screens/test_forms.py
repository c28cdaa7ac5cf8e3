"""Tests of what moderators do with people: keys, clicks, and the question before final acts."""

from __future__ import annotations

import asyncio
import re

from textual import events

from roomcli.protocol import commands as c
from roomcli.protocol import local

from .....support.fake_room import YOU
from .....support.tui_seat import seat

MODERATOR_KEYS: tuple[tuple[str | None, str, c.Command], ...] = (
    (None, "a", c.AcceptHand(id="fay1")),
    (None, "d", c.DeclineHand(id="fay1")),
    ("ben1", "b", c.MoveToAudience(id="ben1")),
    ("ben1", "s", c.Silence(id="ben1")),
    ("dee1", "u", c.AskToUnmute(id="dee1")),
    ("gus1", "a", c.AcceptHand(id="gus1")),
    ("gus1", "d", c.DeclineHand(id="gus1")),
    ("p0", "i", c.InviteToStage(id="p0")),
)
"""The person who is picked, the key that is pressed, and the command that it sends."""


def test_moderator_keys() -> None:
    async def scenario() -> None:
        async with seat("host") as you:
            you.engine.room = None
            for picked, key, command in MODERATOR_KEYS:
                you.engine.sent.clear()
                you.room.pick(picked)
                await you.presses(key)
                await you.sends(command)

    asyncio.run(scenario())


def test_who_is_not_as_loud_as_their_client_declares_carries_a_mark() -> None:
    async def scenario() -> None:
        async with seat("host") as you:
            assert not you.shows("≠")
            you.engine.say(local.FalseLevel(id="ben1", text="Ben is not as loud as that"))
            await you.sees("≠ Ben Okafor")
            await you.sees("Ben is not as loud as that")

    asyncio.run(scenario())


def test_arrows_go_through_the_room() -> None:
    async def scenario() -> None:
        async with seat("host") as you:
            for key, picked in (
                ("right", "ann1"),
                ("right", "ben1"),
                ("down", "dee1"),
                ("left", "cho1"),
                ("down", "eli1"),
                ("down", "fay1"),
                ("up", YOU),
                ("escape", None),
                ("left", "p23"),
            ):
                await you.presses(key)
                assert you.room.picked == picked, key

    asyncio.run(scenario())


def test_the_part_where_the_arrows_move_has_a_heavy_rule() -> None:
    async def scenario() -> None:
        async with seat("host") as you:

            async def moves_in(part: str) -> None:
                await you.until(lambda: heavy() == [part], f"not only {part}: {heavy()}")

            def heavy() -> list[str]:
                return [
                    word for line in you.lines for word in re.findall(r"(\w+)(?: \d+)? ━", line)
                ]

            await moves_in("Stage")
            await you.presses(*["right"] * 7)
            await you.until(lambda: you.room.picked == "fay1")
            await moves_in("Hands")
            await you.presses("down", "down", "down")
            await moves_in("Audience")
            await you.presses("c")
            await moves_in("Talk")
            await you.presses("escape", "t")
            await moves_in("Talk")
            await you.presses("escape")
            await moves_in("Stage")

    asyncio.run(scenario())


def test_moderator_keys_do_nothing_for_others() -> None:
    async def scenario() -> None:
        async with seat("speaker") as you:
            await you.presses("right", "right", *"adibsux")
            assert you.engine.sent == []

    asyncio.run(scenario())


def test_remove_asks_once() -> None:
    async def scenario() -> None:
        async with seat("host") as you:
            await you.presses("right", "right", "x")
            await you.sees("Remove Ben Okafor (co-host) from the room?")
            await you.presses("escape")
            await you.misses("from the room?")
            await you.presses("x", *"rude")
            assert you.engine.sent == []
            await you.confirms()
            await you.sends(c.Remove(id="ben1", reason="rude"))

    asyncio.run(scenario())


def test_a_click_picks_a_person() -> None:
    async def scenario() -> None:
        async with seat("host") as you:
            await you.pilot.click("SpeakerCard")
            await you.sees("▸ Ann Lindqvist")
            await you.pilot.click("HandQueue", offset=(6, 2))
            await you.sees("▸2")
            await you.pilot.click("Audience", offset=(2, 1))
            await you.sees("▸Ida")

    asyncio.run(scenario())


def test_two_clicks_open_a_card_and_beside_the_names_there_is_nothing() -> None:
    async def scenario() -> None:
        async with seat("host") as you:
            await you.pilot.double_click("HandQueue", offset=(6, 2))
            await you.sees("hand     place 2")
            await you.presses("escape")
            await you.misses("hand     place 2")
            assert you.room.picked == "gus1"
            await you.pilot.click("HandQueue", offset=(3, 0))
            await you.pilot.click("Audience", offset=(3, 0))
            assert you.room.picked == "gus1"
            await you.pilot.double_click("Audience", offset=(2, 1))
            await you.sees("in the audience")

    asyncio.run(scenario())


def test_what_can_be_clicked_looks_like_other_text_under_the_pointer_too() -> None:
    async def scenario() -> None:
        async with seat("host") as you:
            before = you.styles
            for name in ("KeyHints", "HandQueue", "Audience"):
                await you.pilot.hover(name, offset=(2, 0 if name == "KeyHints" else 1))
                await you.pilot.pause()
                assert you.styles == before
            assert not any("underline" in style.split() for row in before for style in row)

    asyncio.run(scenario())


def test_a_click_chooses_one_of_a_few() -> None:
    async def scenario() -> None:
        async with seat("host") as you:
            you.room.pick("ben1")
            await you.presses("B")
            await you.sees("[1 hour]")
            row = next(n for n, line in enumerate(you.lines) if "[1 hour]" in line)
            await you.pilot.click(offset=(you.lines[row].index("for good"), row))
            await you.sees("[for good]")
            await you.confirms()
            await you.sends(c.Ban(id="ben1", seconds=None, reason=""))

    asyncio.run(scenario())


def test_keys_that_do_not_work_are_not_offered() -> None:
    async def scenario() -> None:
        async with seat("listener") as you:
            await you.sees("h Raise hand")
            assert not you.shows("Accept")
            assert not you.shows("Leave stage")
        async with seat("host") as you:
            await you.sees("a Accept")
            assert not you.shows("Raise hand")

    asyncio.run(scenario())


def test_removing_from_the_palette_asks_about_the_right_person() -> None:
    async def scenario() -> None:
        async with seat("host") as you:
            await you.presses("right", "ctrl+p")
            await you.types("remove cho")
            await you.sees("Remove Cho Min-seo from the room")
            for _ in range(2):  # faster than anybody reads what is asked
                you.app.post_message(events.Key("enter", "\r"))
            await you.sees("Remove Cho Min-seo from the room?")
            assert you.engine.sent == [], "an Enter too many in the palette is no answer"
            await you.confirms()
            await you.until(lambda: c.Remove(id="cho1") in you.engine.sent)

    asyncio.run(scenario())


def test_a_click_on_a_hint_is_its_key() -> None:
    async def scenario() -> None:
        async with seat("host") as you:
            line = you.lines[-1]
            await you.pilot.click("KeyHints", offset=(line.index("Decline"), 0))
            await you.sends(c.DeclineHand(id="fay1"))
            await you.pilot.click("KeyHints", offset=(line.index("Unmute"), 0))
            await you.sees("● ON AIR")
            await you.pilot.click("KeyHints", offset=(you.lines[-1].index("? Help"), 0))
            await you.sees("raise or lower your hand")

    asyncio.run(scenario())
