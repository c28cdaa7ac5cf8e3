"""The base of all programs on the terminal: an internal fault ends them without a traceback.

The terminal is restored, and the caller gets the fault to tell it in one line.
"""

from __future__ import annotations

import contextlib
import os
import time
from typing import Generic, TypeVar

from textual import events
from textual.actions import SkipAction
from textual.app import App
from textual.binding import Binding
from textual.css.query import NoMatches
from textual.driver import Driver
from textual.theme import Theme

from .desktop_news import desktop_news

Result = TypeVar("Result")

COPY = Binding("ctrl+c,super+c", "copy_selection", show=False, priority=True)
"""Put before a program's own ctrl+c binding, which still acts if nothing is selected."""


class Program(App[Result], Generic[Result]):
    """An app that shows no traceback of its own faults."""

    def get_driver_class(self) -> type[Driver]:
        """Return the usual driver class, or one that survives the loss of the terminal."""
        usual = super().get_driver_class()
        if usual.__name__ != "LinuxDriver":
            return usual
        from .lost_terminal import ForgivingDriver

        return ForgivingDriver

    _readable: dict[str, Theme] | None = None
    key_at = float("-inf")
    """When the last key was pressed, by the monotonic clock."""

    def get_theme(self, theme_name: str) -> Theme | None:
        """Return a theme, or None if there is none of this name; all its texts can be read."""
        known = self._readable = self._readable or {}
        if theme_name not in known:
            from .contrast import readable

            theme = super().get_theme(theme_name)
            if theme is None:
                return None
            known[theme_name] = readable(theme)
        return known[theme_name]

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Return what a style of roomcli's may name before its theme is there."""
        return {"on-air": "#b3261e", "dim": "#808080"}

    def on_ready(self) -> None:
        """Paint the first screen now.

        Textual would wait for its next refresh, up to a sixtieth of a second.
        """
        self.screen._on_timer_update()

    def on_mount(self) -> None:
        """Repaint everything whenever another program had the terminal for a while."""
        self.app_resume_signal.subscribe(self, lambda _: self.refresh(layout=True))

    async def on_event(self, event: events.Event) -> None:
        """Run a key's binding on the screen before the next key is looked at.

        Textual sends the key round by the screen, so what is typed quickly after it would not yet
        find the line that it opens: of "/mute" the "m" would open the microphone.
        """
        if isinstance(event, events.Key):
            self.key_at = time.monotonic()
        if isinstance(event, events.Key) and not event.is_forwarded and self._is_for_screen:
            for comes_first in (True, False):
                if await self._check_bindings(event.key, priority=comes_first):
                    return
        await super().on_event(event)

    def action_copy_selection(self) -> None:
        """Copy the selected text through the terminal (OSC 52) and clear the selection.

        Raises SkipAction if nothing is selected.
        """
        selected = None
        with contextlib.suppress(IndexError):  # the selected text has become shorter since
            selected = self.screen.get_selected_text()
        if not selected:
            raise SkipAction
        self.copy_to_clipboard(selected)
        self.screen.clear_selection()
        self.notify("Sent to the terminal's clipboard", markup=False)

    def show_on_desktop(self, text: str) -> None:
        """Show a text as a notification of the desktop, where the terminal makes one."""
        if self._driver is not None and (code := desktop_news(text, os.environ)):
            self._driver.write(code)

    def show_title(self, title: str) -> None:
        """Set the title of the terminal's window, until the program leaves it."""
        from .lost_terminal import ForgivingDriver

        if isinstance(self._driver, ForgivingDriver):
            self._driver.show_title(title)

    @property
    def _is_for_screen(self) -> bool:
        """Whether a key is for the screen: no field has the focus, or gets it back by this key."""
        return self.app_focus and self.focused is None and self.screen.maximized is None

    def _handle_exception(self, error: Exception) -> None:
        """End with an error, unless a page only lacks its parts: none get any at the end."""
        if not (self._exit and isinstance(error, NoMatches)):
            super()._handle_exception(error)

    def _fatal_error(self) -> None:
        # Textual's own method also prints the traceback, with the values of variables.
        self._close_messages_no_wait()

    def raise_fault(self) -> None:
        """Raise the error that ended the program, if there was one."""
        if self._exception is not None:
            raise self._exception
