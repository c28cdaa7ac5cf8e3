"""The parts of pages and dialogs over the room: a sheet, a row of choices, a line of keys."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from functools import cached_property
from typing import Any, Generic, TypeVar, cast

from rich.cells import cell_len
from textual import work
from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Static

from ....errors import CommandRefused, ConnectionFailed
from ....protocol import commands as c
from ....protocol import events as e
from ..answering_screen import AnsweringScreen
from ..keys import Keymap
from ..room_client import ClientApp, RoomClient, client_of
from .face import QUIET, Face, clickable, keys_line, styled
from .key_hints import GAP, Hint

Answer = TypeVar("Answer")
Task = Callable[[], Coroutine[Any, Any, None]]

# Priority: a sheet that is longer than the screen would take the arrows for itself.
ARROWS = (
    Binding("down", "step(1)", show=False, priority=True),
    Binding("up", "step(-1)", show=False, priority=True),
)
"""Bindings for sheets with fields, or with a text to read."""


# ModalScreen first: Textual takes over the styles of the first base alone.
class Sheet(ModalScreen[Answer], AnsweringScreen[Answer], Generic[Answer]):
    """A page or dialog over another screen; Esc closes it without doing anything.

    What it offers can be done by key, by a click on the last line, and in the palette.
    """

    BINDINGS = [Binding("escape", "back", show=False)]
    title_text = ""
    offered: tuple[Hint, ...] = ()
    _going = False
    classes_of_sheet = "sheet"

    @cached_property
    def client(self) -> RoomClient:
        """The visit to the room that the sheet lies over."""
        return client_of(self)

    async def ask_server(self, command: c.DeskCommand) -> list[e.DeskEvent]:
        """Have the server carry out a command that needs no room; return the answers.

        Raises CommandRefused, ConnectionFailed.
        """
        return await cast("ClientApp", self.app).ask_server(command)

    @property
    def keymap(self) -> Keymap:
        """The keys and the user's changes of them."""
        return cast("ClientApp", self.app).keymap

    def compose(self) -> ComposeResult:
        """Yield a frame with a title around the page's body."""
        with VerticalScroll(classes=self.classes_of_sheet, can_focus=False) as sheet:
            sheet.border_title = Content(self.title_text)
            yield from self.body()

    def body(self) -> ComposeResult:
        """Yield what is on the sheet."""
        yield from ()

    def offer(self, *hints: Hint) -> None:
        """Offer these actions of the page, and no others."""
        self.offered = hints
        self.query_one(KeysLine).show_hints(*hints)

    def set_title(self, title: str, subtitle: str = "") -> None:
        """Show another title and subtitle."""
        sheet = self.query_one(".sheet")
        sheet.border_title = Content(title)
        sheet.border_subtitle = Content(subtitle)

    def sync(self) -> None:
        """Update the sheet after the model changed; pages that show the model override this."""

    @property
    def is_mounted(self) -> bool:
        """Whether the page is open, below others perhaps: a closed one has no parts to fill in."""
        stacks = self.app._screen_stacks.values()  # of the modes that are not shown too
        return super().is_mounted and any(self in stack for stack in stacks)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether a key works: none does before the sheet is shown."""
        return self.is_mounted and super().check_action(action, parameters)

    def dismiss(self, result: Answer | None = None) -> AwaitComplete:
        """Close the sheet once: a key pressed again before it is gone has no effect."""
        if self._going or not self.is_current:
            return AwaitComplete()
        self._going = True
        return super().dismiss(result)

    def action_step(self, step: int) -> None:
        """Go to the next or previous field; if there are none, scroll one line."""
        if self.focused is None:
            sheet = self.query_one(".sheet", VerticalScroll)
            sheet.scroll_relative(y=step, animate=False)
        elif step > 0:
            self.focus_next()
        else:
            self.focus_previous()

    def action_back(self) -> None:
        """Close the sheet and go back to the screen below it."""
        self.dismiss()


class DeskSheet(Sheet[Answer], Generic[Answer]):
    """A page that asks the server; its frame says why something does not work."""

    def hear(self, news: e.DeskMessage) -> None:
        """Take note of news for the person; pages that it may concern ask again."""

    @work(exclusive=True)
    async def inquire(self, task: Task) -> None:
        """Do what asks the server."""
        await self._do(task)

    @work(exclusive=True, group="look")
    async def look_again(self, task: Task) -> None:
        """Ask for what may have changed; unlike ``inquire`` it stops nothing that is being done."""
        await self._do(task)

    async def _do(self, task: Task) -> None:
        try:
            await task()
        except (CommandRefused, ConnectionFailed) as error:
            if self.is_mounted:
                self.set_title(self.title_text, str(error))


class KeysLine(Static):
    """The keys of a page, below everything else."""

    def __init__(self, *keys: tuple[str, str]) -> None:
        super().__init__(keys_line(*keys), classes="keys")
        self._offered = tuple(Hint(*each) for each in keys)

    auto_links = reactive(False)

    def show_hints(self, *hints: Hint) -> None:
        """Name other keys; each of those with an action can be clicked."""
        self._offered = hints
        self._lay_out()

    def on_resize(self) -> None:
        """Break the line anew, between two hints."""
        if self._offered:
            self._lay_out()

    def _lay_out(self) -> None:
        rows: list[list[Hint]] = [[]]
        for hint in self._offered:
            taken = sum(each.width + GAP for each in rows[-1]) + hint.width
            if rows[-1] and taken > (self.content_size.width or taken):
                rows.append([])
            rows[-1].append(hint)
        self.update(Content("\n").join(map(self._line_of, rows)))

    def _line_of(self, hints: list[Hint]) -> Content:
        return Content(" " * GAP).join(map(_hint_words, hints))

    async def action_do(self, action: str) -> None:
        """Run the action of a hint that was clicked, as its key does."""
        await self.screen.run_action(action)

    def show_keys(self, *keys: tuple[str, str]) -> None:
        """Name other keys at the end of the page."""
        self.show_hints(*(Hint(*each) for each in keys))


def _hint_words(hint: Hint) -> Content:
    words = keys_line((hint.key, hint.label))
    return clickable(words, "do", hint.action) if hint.action else words


class Setting(Horizontal):
    """A line of a page: what is set, the field for it, and what it is for.

    On a small screen the field in use alone says what it is for, in a line below. ``key`` is one
    that switches it from anywhere; where some lines have one, the others have an empty one.
    """

    def __init__(self, label: str, field: Widget, help: str = "", key: str | None = None) -> None:
        told = [Static(Content.styled(help, QUIET), classes="help")] if help else []
        title = Static(Content.styled(label, QUIET), classes="label")
        keys = [] if key is None else [Static(Content.styled(key, "bold $accent"), classes="key")]
        super().__init__(title, *keys, field, *told, classes="setting")
        self.set_class(bool(help), "-told")


class Choices(Face, can_focus=True):
    """A few choices side by side; arrows or a click choose one."""

    ALLOW_SELECT = False

    BINDINGS = [Binding("left", "step(-1)", show=False), Binding("right", "step(1)", show=False)]

    class Changed(Message):
        """Another choice was made, in ``field``."""

        def __init__(self, field: Choices) -> None:
            super().__init__()
            self.field = field

    def __init__(self, words: Sequence[str], chosen: int = 0, id: str | None = None) -> None:
        super().__init__(id=id)
        self.words = tuple(words)
        self.chosen = chosen

    def on_mount(self) -> None:
        """Mark what is chosen at first."""
        self._draw()

    def on_focus(self) -> None:
        """Make the chosen one stand out."""
        self._draw()

    def on_blur(self) -> None:
        """Stop making the chosen one stand out."""
        self._draw()

    def _draw(self) -> None:
        self.show((self.words, self.chosen, self.has_focus))

    def action_step(self, step: int) -> None:
        """Choose the next or previous one."""
        self.action_choose(max(0, min(len(self.words) - 1, self.chosen + step)))

    def action_choose(self, place: int) -> None:
        """Choose the one at this place."""
        if place != self.chosen:
            self.chosen = place
            self._draw()
            self.post_message(self.Changed(self))

    def offer(self, words: Sequence[str], chosen: int = 0) -> None:
        """Offer other choices, of which this one is chosen."""
        self.words, self.chosen = tuple(words), chosen
        self._draw()

    def render(self) -> Content:
        """Return one line, with the chosen one in brackets for people who see no colours.

        Words that have no space are left out whole, and a sign at the edge says so.
        """
        shown, seen = [], self._seen()
        for place in seen:
            word, chosen = self.words[place], place == self.chosen
            style = "bold $accent" if self.has_focus else "bold"
            text = styled(f"[{word}]", style) if chosen else styled(f" {word} ", QUIET)
            shown.append(clickable(text, "choose", place))
        if seen.start > 0:
            shown.insert(0, clickable(styled("«", QUIET), "choose", seen.start - 1))
        if seen.stop < len(self.words):
            shown.append(clickable(styled("»", QUIET), "choose", seen.stop))
        return Content("").join(shown).truncate(self.width, ellipsis=True)

    def _seen(self) -> range:
        """Return the places of the choices around the chosen one that have space."""
        last, seen = len(self.words), range(self.chosen, self.chosen + 1)
        while len(seen) < last:
            wider = (range(seen.start, seen.stop + 1), range(seen.start - 1, seen.stop))
            fitting = (each for each in wider if each.start >= 0 and each.stop <= last)
            seen_next = next(filter(self._has_space_for, fitting), seen)
            if seen_next == seen:
                break
            seen = seen_next
        return seen

    def _has_space_for(self, places: range) -> bool:
        edges = (places.start > 0) + (places.stop < len(self.words))
        return sum(cell_len(self.words[each]) + 2 for each in places) + edges <= self.width
