"""Tests of lists from which text can be copied, and in which a drag chooses nothing."""

from __future__ import annotations

import asyncio

import pytest
from textual.widgets import OptionList

from .....support.seats import people_page, someone
from .....support.tui_seat import seat


def test_rows_are_copied_as_they_are_read_and_nothing_is_chosen() -> None:
    async def scenario() -> None:
        async with seat("host") as you:
            people = tuple(
                someone(f"z{number}", f"Zoë {number} 美咲", "from afar") for number in range(40)
            )
            await you.presses("p")
            await you.sees("Ida Berg")
            you.engine.say(people_page(people, offset=0, total=40))
            await you.until(lambda: you.app.screen.query_one(OptionList).option_count == 80)
            await you.presses("end")
            await you.sees("Zoë 39 美咲")
            await you.drags("38 美咲", "Zoë 39 美")
            await you.presses("ctrl+c")
            await you.until(lambda: you.app.clipboard)
            assert you.app.clipboard == "38 美咲  from afar\nZoë 39 美"
            assert not you.shows("Report"), "no card was opened"

    asyncio.run(scenario())


@pytest.mark.parametrize("colours", [True, False])
def test_what_is_selected_stands_out(colours: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not colours:
        monkeypatch.setenv("NO_COLOR", "1")

    async def scenario() -> None:
        async with seat("host") as you:
            you.room.pick("ben1")
            await you.presses("enter")
            await you.sees("Silence Ben Okafor")
            x, y = you.place("Remove Ben Okafor")
            assert you.styles[y][x] == you.styles[y][x + 10]
            await you.drags("Remove", "Remove Ben")
            await you.until(lambda: len(set(you.styles[y][x : x + 17])) == 2)
            assert you.styles[y][x] == you.styles[y][x + 9] != you.styles[y][x + 10]
            assert ("reverse" in you.styles[y][x].split()) is not colours
            await you.presses("ctrl+c")
            await you.until(lambda: you.styles[y][x] == you.styles[y][x + 10])
            assert you.app.clipboard == "Remove Ben"

    asyncio.run(scenario())
