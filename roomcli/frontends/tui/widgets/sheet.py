"""What pages and dialogs over the room are made of: a sheet, a row of choices, a line of keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar, cast

from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Static

from ..keys import Keymap
from ..room_client import RoomClient
from .face import QUIET, Face, clickable, keys_line, styled

Answer = TypeVar("Answer")

# Priority: a sheet that is longer than the screen would take the arrows for itself.
ARROWS = (
    Binding("down", "step(1)", show=False, priority=True),
    Binding("up", "step(-1)", show=False, priority=True),
)
"""For sheets with fields, or with a text to read."""


class Sheet(ModalScreen[Answer], Generic[Answer]):
    """Over the room; Esc goes back without having done anything."""

    BINDINGS = [Binding("escape", "back", show=False)]
    title_text = ""
    _going = False
    classes_of_sheet = "sheet"

    @property
    def client(self) -> RoomClient:
        """The app, which has the model and the engine."""
        return cast("RoomClient", self.app)

    @property
    def keymap(self) -> Keymap:
        """Which keys there are."""
        return self.client.keymap

    def compose(self) -> ComposeResult:
        """A frame with a title; what is in it, the page says."""
        with VerticalScroll(classes=self.classes_of_sheet, can_focus=False) as sheet:
            sheet.border_title = Content(self.title_text)
            yield from self.body()

    def body(self) -> ComposeResult:
        """What is on the sheet."""
        yield from ()

    def set_title(self, title: str, subtitle: str = "") -> None:
        """Another title, or subtitle."""
        sheet = self.query_one(".sheet")
        sheet.border_title = Content(title)
        sheet.border_subtitle = Content(subtitle)

    def sync(self) -> None:
        """The model changed below; pages that show it override this."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """No key does anything before there is something to be seen."""
        return self.is_mounted and super().check_action(action, parameters)

    def dismiss(self, result: Answer | None = None) -> AwaitComplete:
        """Go, once: a key that is pressed again before the sheet is gone asks for nothing more."""
        if self._going or not self.is_current:
            return AwaitComplete()
        self._going = True
        return super().dismiss(result)

    def action_step(self, step: int) -> None:
        """To the next field or the one before; where there are none, a line on or back."""
        if self.focused is None:
            sheet = self.query_one(".sheet", VerticalScroll)
            sheet.scroll_relative(y=step, animate=False)
        elif step > 0:
            self.focus_next()
        else:
            self.focus_previous()

    def action_back(self) -> None:
        """Back to the room."""
        self.dismiss()


class KeysLine(Static):
    """The keys of a page, below everything else."""

    def __init__(self, *keys: tuple[str, str]) -> None:
        super().__init__(keys_line(*keys), classes="keys")

    def show_keys(self, *keys: tuple[str, str]) -> None:
        """Others."""
        self.update(keys_line(*keys))


class Choices(Face, can_focus=True):
    """One of a few, side by side; arrows or a click choose."""

    ALLOW_SELECT = False

    BINDINGS = [Binding("left", "step(-1)", show=False), Binding("right", "step(1)", show=False)]

    class Changed(Message):
        """Another is chosen."""

    def __init__(self, words: Sequence[str], chosen: int = 0, id: str | None = None) -> None:
        super().__init__(id=id)
        self.words = tuple(words)
        self.chosen = chosen

    def on_mount(self) -> None:
        """Show them."""
        self._draw()

    def on_focus(self) -> None:
        """The chosen one stands out."""
        self._draw()

    def on_blur(self) -> None:
        """It no longer does."""
        self._draw()

    def _draw(self) -> None:
        self.show((self.chosen, self.has_focus))

    def action_step(self, step: int) -> None:
        """The next or previous one."""
        self.action_choose(max(0, min(len(self.words) - 1, self.chosen + step)))

    def action_choose(self, place: int) -> None:
        """This one."""
        if place != self.chosen:
            self.chosen = place
            self._draw()
            self.post_message(self.Changed())

    def render(self) -> Content:
        """One line: the chosen one in brackets, for those who see no colours."""
        shown = []
        for place, word in enumerate(self.words):
            style = "bold $accent" if self.has_focus else "bold"
            chosen = place == self.chosen
            text = styled(f"[{word}]", style) if chosen else styled(f" {word} ", QUIET)
            shown.append(clickable(text, "choose", place))
        return Content("").join(shown[self._first() :])

    def _first(self) -> int:
        """The first one shown, so that the chosen one is in sight however narrow it is."""
        first, needed = self.chosen, len(self.words[self.chosen]) + 2
        while first > 0 and needed + len(self.words[first - 1]) + 2 <= self.width:
            first -= 1
            needed += len(self.words[first]) + 2
        return first
