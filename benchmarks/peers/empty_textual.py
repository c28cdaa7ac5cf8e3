"""The least that a Textual program does until its first frame: one line of text."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widgets import Static

TEXT = "nothing here"


class Empty(App[None]):
    """One line, no style of its own."""

    def compose(self) -> ComposeResult:
        """The line."""
        yield Static(TEXT)


if __name__ == "__main__":
    Empty().run()
