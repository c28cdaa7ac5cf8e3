"""A command palette that withstands keys typed faster than it opens and closes.

Textual's own palette ends the program at a second Enter, or if it is closed before its list is
there.
"""

from __future__ import annotations

import contextlib
from inspect import unwrap
from typing import Any, TypeVar

from textual import work
from textual.await_complete import AwaitComplete
from textual.command import CommandPalette, Hit
from textual.css.query import NoMatches
from textual.theme import ThemeProvider

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


class WithPalette(Program[Result]):
    """A program that uses this palette."""

    def action_command_palette(self) -> None:
        """Open the palette, unless it is open."""
        if not isinstance(self.screen, Palette):
            self.push_screen(Palette())

    def search_themes(self) -> None:
        """Show the themes in the palette."""
        self.push_screen(Palette(providers=[ThemeProvider], placeholder="Search for themes…"))
