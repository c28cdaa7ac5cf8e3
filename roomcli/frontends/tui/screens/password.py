"""Asks for the password of a room that wants one, or for what opening a room takes."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Input, Static

from ..widgets.key_hints import Hint
from ..widgets.sheet import KeysLine, Sheet


class PasswordScreen(Sheet[str | None]):
    """Answers with the typed password, or with None if the user stays outside."""

    def __init__(self, why: str, title: str) -> None:
        super().__init__()
        self._why = why
        self.title_text = title

    def body(self) -> ComposeResult:
        """Yield why it is asked for, and the field, which shows no letters."""
        yield Static(Content(self._why), classes="question -first")
        yield Input(password=True, compact=True, id="password")
        yield KeysLine()

    def on_mount(self) -> None:
        """Take letters at once."""
        self.offer(Hint("Enter", "enters", "go_in"), Hint("Esc", "cancels", "back"))
        self.query_one(Input).focus()

    def on_input_submitted(self) -> None:
        """Answer with what was typed."""
        self.action_go_in()

    def action_go_in(self) -> None:
        """Answer with what was typed; with nothing typed stay outside."""
        self.dismiss(self.query_one(Input).value or None)

    def action_back(self) -> None:
        """Stay outside."""
        self.dismiss(None)
