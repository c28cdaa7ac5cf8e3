"""Where one writes: to everybody, or with a slash anything that a key does."""

from __future__ import annotations

from collections.abc import Callable

from rich.cells import cell_len
from rich.text import Text
from textual import events
from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.widgets import Input

from ....protocol.chat import MAX_CHAT
from ...grammar.slash import secret_at
from .face import QUIET, Face, keys_line, spread, styled

HISTORY = 100


class Composer(Input):
    """One line; shut, it takes no keys and is only an invitation to write."""

    BINDINGS = [
        Binding("escape", "shut", show=False),
        Binding("tab", "complete", show=False),
        Binding("up", "recall(-1)", show=False),
        Binding("down", "recall(1)", show=False),
    ]

    class Shut(Message):
        """Nobody writes any more."""

    class Said(Message):
        """A line is to be said, or done."""

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
        """What a line may go on as; told by the room."""

    @property
    def is_open(self) -> bool:
        """Whether somebody writes."""
        return self.can_focus

    @property
    def _value(self) -> Text:
        """What is to be read; of a password as many dots as it has cells."""
        start = secret_at(self.value)
        if start is None:
            return super()._value
        dots = "•" * cell_len(self.value[start:])
        return Text(self.value[:start] + dots, no_wrap=True, overflow="ignore", end="")

    def open(self, beginning: str = "") -> None:
        """Take keys; a draft is kept unless there is something to begin with."""
        if beginning or self.value.startswith("/"):
            self.value = beginning
        self.can_focus = True
        self.screen.set_focus(self)  # at once: the next key is for here
        self.cursor_position = len(self.value)
        self._place = len(self._said)

    def shut(self) -> None:
        """Take no more keys."""
        self.can_focus = False
        self.screen.set_focus(None)
        self.post_message(self.Shut())

    def take_back(self, text: str) -> None:
        """This cannot be said so; what was typed meanwhile goes first."""
        if not self.value:
            self.value = text
            self.cursor_position = len(text)

    def action_shut(self) -> None:
        """Escape."""
        self.shut()

    def on_key(self, event: events.Key) -> None:
        """Enter at once: as a binding it would come after letters that were typed later."""
        if event.key == "enter":
            event.stop()
            event.prevent_default()
            self._submit()

    def _submit(self) -> None:
        """Say it, and what is typed from then on is another line; nothing to say shuts."""
        text, self.value = self.value.strip(), ""
        if not text:
            self.shut()
            return
        if self._said[-1:] != [text] and secret_at(text) is None:
            self._said = [*self._said[-HISTORY:], text]
        self._place = len(self._said)
        self.post_message(self.Said(text))

    def action_recall(self, step: int) -> None:
        """What was said before."""
        place = max(0, min(len(self._said), self._place + step))
        if place != self._place:
            self._place = place
            self.value = self._said[place] if place < len(self._said) else ""
            self.cursor_position = len(self.value)

    def action_complete(self) -> None:
        """Tab: the next way to go on; the beginning stays what was typed."""
        if self.value != self._offered or not self._offers:
            self._offers = self.offers_for(self.value)
        if self._offers:
            self._offered = self._offers.pop(0)
            self._offers.append(self._offered)
            self.value = self._offered
            self.cursor_position = len(self.value)

    def on_click(self, event: events.Click) -> None:
        """A click on it opens it."""
        if not self.is_open:
            event.stop()
            self.open()


class ComposerHint(Face):
    """The last line while one writes: how the command goes on, what was wrong, and the keys."""

    ALLOW_SELECT = False

    def show_text(self, text: str, *, wrong: bool, keys: tuple[tuple[str, str], ...]) -> None:
        """Show this."""
        self.show((text, wrong, keys))

    def render(self) -> Content:
        """One line; the keys give way to the words."""
        text, wrong, keys = self.facts if isinstance(self.facts, tuple) else ("", False, ())
        left = styled(text, "bold $warning" if wrong else QUIET)
        while keys and keys_line(*keys).cell_length + left.cell_length + 2 > self.width:
            keys = keys[:-1]
        return spread(left, keys_line(*keys), self.width)
