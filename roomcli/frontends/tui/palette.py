"""A command palette that withstands keys typed faster than it opens and closes.

Textual's own palette ends the program at a second Enter, or if it is closed before its list is
there.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from inspect import unwrap
from typing import Any, TypeVar

from textual import on, work
from textual.await_complete import AwaitComplete
from textual.command import Command, CommandPalette, Hit
from textual.css.query import NoMatches
from textual.theme import Theme, ThemeProvider
from textual.widgets import OptionList

from .program import Program

Result = TypeVar("Result")
_gather: Any = unwrap(CommandPalette._gather_commands)


class Palette(CommandPalette):
    """A palette that closes once and runs the chosen command once."""

    _going = False

    def dismiss(self, result: None = None) -> AwaitComplete:
        """Close the palette, unless it is closing already."""
        if self._going or not self.is_current:
            self._selected_command = Hit(0, "", lambda: None)
            return AwaitComplete()
        self._going = True
        return super().dismiss(result)

    @work(exclusive=True, group=CommandPalette._GATHER_COMMANDS_GROUP)
    async def _gather_commands(self, search_value: str) -> None:
        with contextlib.suppress(NoMatches):  # the palette was closed before its list was there
            await _gather(self, search_value)


class Themes(ThemeProvider):
    """The names of all themes, the one in use first: moving through them starts from it."""

    @property
    def commands(self) -> list[tuple[str, Callable[[], None]]]:
        """The names, each with what chooses the theme."""
        return sorted(super().commands, key=lambda each: each[0] != self.app.theme)


class ThemePalette(Palette):
    """The themes; the one that is highlighted is shown at once, and kept only when chosen."""

    def __init__(self) -> None:
        super().__init__(providers=[Themes], placeholder="Search for themes…")
        self._before = ""

    def on_mount(self) -> None:
        """Note which theme comes back if none is chosen."""
        self._before = self.app.theme
        self.app.theme_changed_signal.subscribe(self, self._dress_too)

    def _dress_too(self, theme: Theme) -> None:
        """Wear the theme that is shown: Textual leaves a palette as it was."""
        self.app.stylesheet.update(self)

    @on(OptionList.OptionHighlighted)
    def _preview(self, event: OptionList.OptionHighlighted) -> None:
        if isinstance(event.option, Command) and not self._going:
            event.option.hit.command()

    def dismiss(self, result: None = None) -> AwaitComplete:
        """Close the palette with the theme as before; the one that is chosen follows at once."""
        if not self._going:
            self.app.theme = self._before
        return super().dismiss(result)


class WithPalette(Program[Result]):
    """A program that uses this palette."""

    def action_command_palette(self) -> None:
        """Open the palette, unless it is open."""
        if not isinstance(self.screen, Palette):
            self.push_screen(Palette())

    def search_themes(self) -> None:
        """Show the themes in the palette."""
        self.push_screen(ThemePalette())
