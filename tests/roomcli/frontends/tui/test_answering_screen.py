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


class Counter(AnsweringScreen[None]):
    """Shows how often a key was pressed."""

    BINDINGS = [Binding("x", "count")]
    presses = 0

    def compose(self) -> ComposeResult:
        """Yield the number."""
        yield Static("0")

    def action_count(self) -> None:
        """Count on."""
        self.presses += 1
        self.query_one(Static).update(str(self.presses))


class Painted(Program[None]):
    """Counts what it painted."""

    paintings = 0

    def get_default_screen(self) -> Screen[None]:
        """Return the counter."""
        return Counter()

    def post_display_hook(self) -> None:
        """Count a painting."""
        self.paintings += 1


def test_what_a_key_changed_is_painted_without_a_refresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("textual.screen.UPDATE_PERIOD", NEVER)

    async def scenario() -> None:
        app = Painted()
        async with app.run_test() as pilot:
            await pilot.pause()
            before = app.paintings
            app.post_message(Key("x", "x"))  # the pilot's own way would paint by itself
            async with asyncio.timeout(PATIENCE):
                while app.paintings == before:
                    await asyncio.sleep(0.01)

    asyncio.run(scenario())
