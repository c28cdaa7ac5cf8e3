"""Tests of drags over text: none is a click, however soon what it selected is copied and gone."""

from __future__ import annotations

import asyncio

import pytest
from textual import events
from textual.widget import Widget

from .....support.tui_seat import seat

Kind = type[events.MouseDown] | type[events.Click]


def mouse(kind: Kind, widget: Widget, x: int, y: int) -> events.MouseEvent:
    at = widget.region.offset
    event = kind(widget, x - at.x, y - at.y, 0, 0, 1, False, False, False, x, y)
    event.style = widget.screen.get_style_at(x, y)
    return event


@pytest.mark.parametrize("name", ["Ben Okafor", "Fay Nakamura"])
def test_a_click_that_ends_elsewhere_than_it_began_picks_nobody(name: str) -> None:
    async def scenario() -> None:
        async with seat("host") as you:
            await you.sees(name)
            x, y = you.place(name)
            widget, _ = you.app.screen.get_widget_at(x, y)
            for moved in (4, 0):
                assert you.room.picked is None
                widget.post_message(mouse(events.MouseDown, widget, x, y))
                widget.post_message(mouse(events.Click, widget, x + moved, y))
                await you.pilot.pause()
            await you.until(lambda: you.room.picked is not None)

    asyncio.run(scenario())


def test_neither_does_it_choose_a_row_of_a_list() -> None:
    async def scenario() -> None:
        async with seat("host") as you:
            you.room.pick("ben1")
            await you.presses("enter")
            await you.sees("Remove Ben Okafor")
            x, y = you.place("Remove Ben Okafor")
            widget, _ = you.app.screen.get_widget_at(x, y)
            widget.post_message(mouse(events.MouseDown, widget, x, y))
            widget.post_message(mouse(events.Click, widget, x + 4, y))
            await you.pilot.pause()
            assert you.shows("Silence Ben Okafor"), "the card is still there"
            widget.post_message(mouse(events.Click, widget, x, y))
            await you.misses("Silence Ben Okafor")

    asyncio.run(scenario())
