"""A terminal that sends and does what Textual does not count on.

It may be gone while something is still written to it: Textual writes in a thread, which ends with
the first error; the program then waits for ever for room in that thread's queue, deaf to the signal
that told it that the terminal is gone. It may send bytes that are no text. It may have been
somebody else's for a while, and shows what they left on it. It may ask for a stop at any moment.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
from typing import Any, TextIO

from textual.drivers.linux_driver import LinuxDriver

from .keystrokes import Keystrokes
from .steady_text import steadied

TICK = 0.1
"""Seconds after which a key that might begin another is taken for itself."""


class ForgivingDriver(LinuxDriver):
    """Goes on when nobody can read any more, so that the program can leave in order."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._file: Any = Forgiving(self._file)
        self._has_continued = False
        # Textual stops and goes on in the middle of whatever runs: where that is a write, it waits
        # for its own lock for ever.
        self._loop.add_signal_handler(signal.SIGTSTP, self._stop)
        self._loop.add_signal_handler(signal.SIGCONT, self._continue)

    def run_input_thread(self) -> None:
        """Read keys until the program wants no more; an end of input is no key."""
        keys = Keystrokes(self._debug)
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                if selector.select(TICK):
                    data = os.read(self.fileno, 4096)
                    if not data:
                        self.exit_event.wait()
                    for event in keys.feed(data):
                        self.process_message(event)
                for event in keys.tick():
                    self.process_message(event)

    def write(self, data: str) -> None:
        """Write, so that no sign shifts what stands after it."""
        super().write(steadied(data))

    def _stop(self) -> None:
        """Give the terminal back and stop; once continued, take it again."""
        if self._app.is_running:
            self._sigtstp_application()
            self._has_continued = True
            self._sigcont_application()

    def _continue(self) -> None:
        """Go on after a stop, unless that has been seen to.

        Who leaves does not: a terminal that goes continues those on it, after it told them.
        """
        if self._app.is_running and not self._has_continued:
            self._sigcont_application()
        self._has_continued = False

    def _sigcont_application(self, *_: object) -> None:
        """Take the terminal back, also from who stopped the program without a word.

        Then Textual would read and write a second time beside itself.
        """
        if self._auto_restart and not self._must_signal_resume:
            self.suspend_application_mode()
            self._must_signal_resume = True
        super()._sigcont_application()


class Forgiving:
    """A file to write to, which loses what cannot be written."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, text: str) -> None:
        """Write, if that is possible; a letter that the encoding lacks is a question mark."""
        encoding = self._file.encoding or "utf-8"
        with contextlib.suppress(OSError):
            self._file.write(text.encode(encoding, "replace").decode(encoding))

    def flush(self) -> None:
        """Flush, if that is possible."""
        with contextlib.suppress(OSError):
            self._file.flush()

    def fileno(self) -> int:
        """The file's own."""
        return self._file.fileno()
