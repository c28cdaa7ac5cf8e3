"""A Textual program with one input line and nothing else: the least time that a key takes."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widgets import Input

READY = "type here"


class InputLine(App[None]):
    """An app with one line to type into."""

    def compose(self) -> ComposeResult:
        """Yield the line, which has the focus."""
        yield Input(placeholder=READY)


if __name__ == "__main__":
    InputLine().run()
