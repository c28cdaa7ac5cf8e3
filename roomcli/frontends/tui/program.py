"""What all programs of the terminal have in common: a fault of ours ends them without a traceback.

The terminal is restored, and who ran the program gets the fault to tell in one line.
"""

from __future__ import annotations

from typing import Generic, TypeVar

from textual.app import App
from textual.driver import Driver

Result = TypeVar("Result")


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

    def _fatal_error(self) -> None:
        # In Textual this also prints the traceback, with what is in the variables.
        self._close_messages_no_wait()

    def raise_fault(self) -> None:
        """Raise what ended the program, if it was a fault."""
        if self._exception is not None:
            raise self._exception
