"""A part of many lines paints those that changed, and no others."""

from __future__ import annotations

import asyncio
from typing import cast

from textual.app import App, ComposeResult
from textual.content import Content
from textual.geometry import Offset
from textual.selection import Selection
from textual.strip import Strip

from roomcli.frontends.tui.widgets.face import styled
from roomcli.frontends.tui.widgets.rows import Rows

LINES = 20


class Numbers(Rows):
    """Shows numbers, one of them marked, all of them in a style."""

    def rows(self) -> list[Content]:
        """Return a line for each number."""
        marked, style = cast("tuple[int, str]", self.facts)
        texts = ["▸" * (each == marked) + str(each) for each in range(LINES)]
        return [styled(text.ljust(self.width), style) for text in texts]


class NumbersApp(App[None]):
    """An app of numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.numbers = Numbers()
        self.numbers.facts = (3, "$primary")

    def compose(self) -> ComposeResult:
        """Yield the numbers, which fill the screen."""
        yield self.numbers

    def strips(self) -> list[Strip]:
        """Return the lines as they are shown now."""
        return [self.numbers.render_line(y) for y in range(LINES)]


def test_a_mark_that_moves_changes_two_lines_and_none_when_it_comes_back() -> None:
    async def scenario() -> None:
        app = NumbersApp()
        async with app.run_test() as pilot:
            before = app.strips()
            app.numbers.show((4, "$primary"))
            await pilot.pause()
            after = app.strips()
            assert [y for y in range(LINES) if after[y] is not before[y]] == [3, 4]
            assert [after[y].text.strip() for y in (3, 4, 5)] == ["3", "▸4", "5"]
            app.numbers.show((3, "$primary"))
            await pilot.pause()
            assert all(now is then for now, then in zip(app.strips(), before, strict=True))

    asyncio.run(scenario())


def test_a_line_is_painted_anew_for_another_style_theme_or_width() -> None:
    async def scenario() -> None:
        app = NumbersApp()
        async with app.run_test() as pilot:
            before = app.strips()
            app.numbers.show((3, "$error"))
            await pilot.pause()
            in_red = app.strips()
            assert all(now != then for now, then in zip(in_red, before, strict=True))
            app.theme = "textual-light"
            await pilot.pause()
            in_light = app.strips()
            assert all(now != then for now, then in zip(in_light, in_red, strict=True))
            await pilot.resize_terminal(30, LINES)
            await pilot.pause()
            assert {each.cell_length for each in app.strips()} == {30}

    asyncio.run(scenario())


def test_text_can_be_selected_over_lines() -> None:
    async def scenario() -> None:
        app = NumbersApp()
        async with app.run_test() as pilot:
            plain = app.strips()
            selection = Selection(Offset(0, 3), Offset(1, 4))
            app.screen.selections = {app.numbers: selection}
            await pilot.pause()
            shown = app.strips()
            assert [y for y in range(LINES) if shown[y] != plain[y]] == [3, 4]
            selected = app.numbers.get_selection(selection)
            assert selected is not None
            assert selected[0] == "▸3\n4"
            app.screen.selections = {}
            await pilot.pause()
            assert app.strips() == plain

    asyncio.run(scenario())


def test_a_drag_starts_at_the_letter_under_the_pointer() -> None:
    async def scenario() -> None:
        app = NumbersApp()
        async with app.run_test():
            offsets = [segment.style.meta["offset"] for segment in app.strips()[7] if segment.style]
            assert offsets[0] == (0, 7)

    asyncio.run(scenario())
