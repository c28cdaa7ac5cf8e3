"""The line to write in: messages to everybody, or after a slash any command."""

from __future__ import annotations

from collections.abc import Callable

from rich.cells import cell_len
from rich.text import Text
from textual import events
from textual.binding import Binding
from textual.content import Content
from textual.message import Message

from ....protocol.chat import MAX_CHAT
from ...grammar.slash import secret_at
from .face import QUIET, Face, keys_line, spread, styled
from .typed_line import TypedLine

HISTORY = 100


class Composer(TypedLine):
    """A text field of one line; while shut it takes no keys and only invites to write."""

    BINDINGS = [
        Binding("escape", "shut", show=False),
        Binding("tab", "complete", show=False),
        Binding("up", "recall(-1)", show=False),
        Binding("down", "recall(1)", show=False),
    ]

    class Shut(Message):
        """The composer was shut."""

    class Said(Message):
        """A line was entered, to send or to carry out."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self) -> None:
        super().__init__(max_length=MAX_CHAT, compact=True, select_on_focus=False, id="composer")
        self.can_focus = False
        self._said: list[str] = []
        self._place = 0
        self._offers: list[str] = []
        self._offered = ""
        self.offers_for: Callable[[str], list[str]] = lambda line: []
        """Returns the lines that a begun line may become; set by the room."""

    @property
    def is_open(self) -> bool:
        """Whether the composer takes keys."""
        return self.can_focus

    @property
    def _value(self) -> Text:
        """The text to show; each cell of a password is a dot."""
        start = secret_at(self.value)
        if start is None:
            return super()._value
        dots = "•" * cell_len(self.value[start:])
        return Text(self.value[:start] + dots, no_wrap=True, overflow="ignore", end="")

    def open(self, beginning: str = "") -> None:
        """Take keys; a draft is kept unless ``beginning`` is given."""
        if beginning or self.value.startswith("/"):
            self.value = beginning
        self.can_focus = True
        self.screen.set_focus(self)  # at once: the next key is for here
        self.cursor_position = len(self.value)
        self._place = len(self._said)

    def shut(self) -> None:
        """Stop taking keys."""
        self.can_focus = False
        self.screen.set_focus(None)
        self.post_message(self.Shut())

    def take_back(self, text: str) -> None:
        """Put back a text that cannot be sent, unless something else was typed meanwhile."""
        if not self.value:
            self.value = text
            self.cursor_position = len(text)

    def action_shut(self) -> None:
        """Shut the composer, on Escape."""
        self.shut()

    def on_key(self, event: events.Key) -> None:
        """Submit at once on Enter: a binding would run after letters that were typed later."""
        if event.key == "enter":
            event.stop()
            event.prevent_default()
            self._submit()

    def _submit(self) -> None:
        """Submit the line and empty the composer; an empty line shuts it."""
        text, self.value = self.value.strip(), ""
        if not text:
            self.shut()
            return
        if self._said[-1:] != [text] and secret_at(text) is None:
            self._said = [*self._said[-HISTORY:], text]
        self._place = len(self._said)
        self.post_message(self.Said(text))

    def action_recall(self, step: int) -> None:
        """Show an earlier or later line of the history."""
        place = max(0, min(len(self._said), self._place + step))
        if place != self._place:
            self._place = place
            self.value = self._said[place] if place < len(self._said) else ""
            self.cursor_position = len(self.value)

    def action_complete(self) -> None:
        """Show the next completion of what was typed, on Tab."""
        if self.value != self._offered or not self._offers:
            self._offers = self.offers_for(self.value)
        if self._offers:
            self._offered = self._offers.pop(0)
            self._offers.append(self._offered)
            self.value = self._offered
            self.cursor_position = len(self.value)

    def on_click(self, event: events.Click) -> None:
        """Open the composer on a click."""
        if not self.is_open:
            event.stop()
            self.open()


class ComposerHint(Face):
    """The last line of the screen while writing: how the command is used, errors, and keys."""

    ALLOW_SELECT = False

    def show_text(self, text: str, *, wrong: bool, keys: tuple[tuple[str, str], ...]) -> None:
        """Show a text and keys; ``wrong`` marks an error."""
        self.show((text, wrong, keys))

    def render(self) -> Content:
        """Return the line; keys are left out if the text needs their space."""
        text, wrong, keys = self.facts if isinstance(self.facts, tuple) else ("", False, ())
        left = styled(text, "bold $warning" if wrong else QUIET)
        while keys and keys_line(*keys).cell_length + left.cell_length + 2 > self.width:
            keys = keys[:-1]
        return spread(left, keys_line(*keys), self.width)
