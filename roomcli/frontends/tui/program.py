"""What all programs of the terminal have in common: a fault of ours ends them without a traceback.

The terminal is restored, and who ran the program gets the fault to tell in one line.
"""

from __future__ import annotations

import contextlib
from typing import Generic, TypeVar

from textual import events
from textual.actions import SkipAction
from textual.app import App
from textual.binding import Binding
from textual.driver import Driver

Result = TypeVar("Result")

COPY = Binding("ctrl+c,super+c", "copy_selection", show=False, priority=True)
"""Stands before what else ctrl+c does in a program: that is left as it is with nothing selected."""


class Program(App[Result], Generic[Result]):
    """An app that keeps its own faults to itself."""

    def get_driver_class(self) -> type[Driver]:
        """The usual driver, but one that outlives the terminal."""
        usual = super().get_driver_class()
        if usual.__name__ != "LinuxDriver":
            return usual
        from .lost_terminal import ForgivingDriver

        return ForgivingDriver

    def on_mount(self) -> None:
        """Paint all of it anew whenever the terminal was somebody else's for a while."""
        self.app_resume_signal.subscribe(self, lambda _: self.refresh(layout=True))

    async def on_event(self, event: events.Event) -> None:
        """A key for the screen acts before the next one is looked at.

        Textual sends it round by the screen, and what is typed quickly behind it would not yet
        find the line that it opens: of "/mute" the "m" would open the microphone.
        """
        if isinstance(event, events.Key) and not event.is_forwarded and self._is_for_screen:
            for comes_first in (True, False):
                if await self._check_bindings(event.key, priority=comes_first):
                    return
        await super().on_event(event)

    def action_copy_selection(self) -> None:
        """Copy what is selected by the terminal (OSC 52); then nothing is selected any more.

        Raises SkipAction if nothing is.
        """
        selected = None
        with contextlib.suppress(IndexError):  # of a text that has become shorter since
            selected = self.screen.get_selected_text()
        if not selected:
            raise SkipAction
        self.copy_to_clipboard(selected)
        self.screen.clear_selection()
        self.notify("Sent to the terminal's clipboard", markup=False)

    @property
    def _is_for_screen(self) -> bool:
        """Whether keys go to no line or list, and none gets the focus back by this key."""
        return self.app_focus and self.focused is None and self.screen.maximized is None

    def _fatal_error(self) -> None:
        # In Textual this also prints the traceback, with what is in the variables.
        self._close_messages_no_wait()

    def raise_fault(self) -> None:
        """Raise what ended the program, if it was a fault."""
        if self._exception is not None:
            raise self._exception
