"""Asks for the password of a room that wants one."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Input, Static

from ..widgets.sheet import KeysLine, Sheet


class PasswordScreen(Sheet[str | None]):
    """Answers with the typed password, or with None if the user stays outside."""

    title_text = "Password"

    def __init__(self, why: str) -> None:
        super().__init__()
        self._why = why

    def body(self) -> ComposeResult:
        """Yield why it is asked for, and the field, which shows no letters."""
        yield Static(Content(self._why), classes="question -first")
        yield Input(password=True, compact=True, id="password")
        yield KeysLine(("Enter", "goes in"), ("Esc", "stays outside"))

    def on_mount(self) -> None:
        """Take letters at once."""
        self.query_one(Input).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Answer with what was typed; with nothing typed stay outside."""
        self.dismiss(event.value or None)

    def action_back(self) -> None:
        """Stay outside."""
        self.dismiss(None)
