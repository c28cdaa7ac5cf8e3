"""What a key changed is painted at once, not at Textual's next refresh."""

from __future__ import annotations

import asyncio

import pytest
from textual.app import ComposeResult
from textual.binding import Binding
from textual.events import Key
from textual.screen import Screen
from textual.widgets import Static

from roomcli.frontends.tui.answering_screen import AnsweringScreen
from roomcli.frontends.tui.program import Program

from ....support.patience import PATIENCE

NEVER = 3600.0


class PressCounter(AnsweringScreen[None]):
    """Shows how often a key was pressed."""

    BINDINGS = [Binding("x", "count")]
    presses = 0

    def compose(self) -> ComposeResult:
        """Yield the number of presses, which each press changes."""
        yield Static("0")

    def action_count(self) -> None:
        """Count on."""
        self.presses += 1
        self.query_one(Static).update(str(self.presses))


class Painted(Program[None]):
    """Tells when it has painted."""

    def __init__(self) -> None:
        super().__init__()
        self.painted = asyncio.Event()

    def get_default_screen(self) -> Screen[None]:
        """Return the screen that counts how often a key was pressed."""
        return PressCounter()

    def post_display_hook(self) -> None:
        """Note that something was painted."""
        self.painted.set()


def test_what_a_key_changed_is_painted_without_a_refresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("textual.screen.UPDATE_PERIOD", NEVER)

    async def scenario() -> None:
        app = Painted()
        async with app.run_test() as pilot:
            await pilot.pause()
            app.painted.clear()
            app.post_message(Key("x", "x"))  # the pilot's own way would paint by itself
            await asyncio.wait_for(app.painted.wait(), PATIENCE)

    asyncio.run(scenario())
