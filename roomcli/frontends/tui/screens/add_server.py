"""Asks for the address of a server that home shall show too."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Input, Static

from ..widgets.sheet import KeysLine, Sheet

MAX_URL = 300


class AddServerScreen(Sheet[str | None]):
    """Answers with the typed address, or with None."""

    title_text = "Add a server"

    def body(self) -> ComposeResult:
        """Yield what it is good for, and the field."""
        words = "Home shows it beside the others, from now on:"
        yield Static(Content(words), classes="question -first")
        yield Input(
            placeholder="wss://rooms.example.org", max_length=MAX_URL, compact=True, id="server"
        )
        yield KeysLine(("Enter", "adds it"), ("Esc", "cancels"))

    def on_mount(self) -> None:
        """Take letters at once."""
        self.query_one(Input).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Answer with what was typed."""
        self.dismiss(event.value.strip() or None)

    def action_back(self) -> None:
        """Add none."""
        self.dismiss(None)
