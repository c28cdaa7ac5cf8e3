"""Tests of the fields that are typed in while a whole room is on the screen."""

from __future__ import annotations

import asyncio

from .....support.tui_seat import seat


def test_a_letter_does_not_arrange_the_screen_anew() -> None:
    async def scenario() -> None:
        async with seat("host") as you:
            await you.presses("t", "a")
            await you.until(lambda: you.room.talk.composer.value == "a")
            arranged: list[object] = []
            you.app.screen.screen_layout_refresh_signal.subscribe(you.app, arranged.append)
            await you.presses(*"bcd")
            await you.sees("abcd")
            assert arranged == []

    asyncio.run(scenario())


def test_a_line_longer_than_its_place_shows_what_is_typed_last() -> None:
    async def scenario() -> None:
        async with seat("host") as you:
            await you.presses("t", *"0123456789" * 8, *"the end")
            await you.sees("6789the end")
            await you.presses("home")
            await you.sees("0123456789012345")
            await you.presses("end")
            await you.sees("6789the end")

    asyncio.run(scenario())
