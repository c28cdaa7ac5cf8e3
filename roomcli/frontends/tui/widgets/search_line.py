"""The line in which to type what is sought in the talk."""

from __future__ import annotations

from textual import events
from textual.binding import Binding
from textual.message import Message

from .typed_line import TypedLine

MOST = 100
"""Longest text to search for, in characters."""


class SearchLine(TypedLine):
    """A text field of one line below the stream; shown only while it is typed in."""

    BINDINGS = [
        Binding("escape", "shut", show=False),
        Binding("up", "step(-1)", show=False),
        Binding("down", "step(1)", show=False),
    ]

    class Stepped(Message):
        """Asks for the hit above or below."""

        def __init__(self, step: int) -> None:
            super().__init__()
            self.step = step

    class SearchShut(Message):
        """The line was shut; ``kept`` if the search goes on without it."""

        def __init__(self, kept: bool) -> None:
            super().__init__()
            self.kept = kept

    def __init__(self) -> None:
        super().__init__(max_length=MOST, compact=True, select_on_focus=False, id="search")
        self.placeholder = "words, or a name"
        self.can_focus = False

    @property
    def is_open(self) -> bool:
        """Whether the line takes keys."""
        return self.can_focus

    def begin_search(self) -> None:
        """Take keys, with nothing typed."""
        self.value = ""
        self.can_focus = True
        self.screen.set_focus(self)

    def shut(self, *, kept: bool) -> None:
        """Stop taking keys."""
        if self.is_open:
            self.can_focus = False
            self.screen.set_focus(None)
            self.post_message(self.SearchShut(kept))

    def on_key(self, event: events.Key) -> None:
        """Go on at once on Enter: a binding would run after letters that were typed later."""
        if event.key == "enter":
            event.stop()
            event.prevent_default()
            self.shut(kept=bool(self.value.strip()))

    def action_shut(self) -> None:
        """End the search, on Escape."""
        self.shut(kept=False)

    def action_step(self, step: int) -> None:
        """Go to the hit above or below."""
        self.post_message(self.Stepped(step))
