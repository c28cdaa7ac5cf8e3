"""A Textual program that draws one line of text: the least time until a first frame."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widgets import Static

TEXT = "nothing here"


class Empty(App[None]):
    """An app with one line of text and no style of its own."""

    def compose(self) -> ComposeResult:
        """Yield one line of text, the least that is drawn."""
        yield Static(TEXT)


if __name__ == "__main__":
    Empty().run()
