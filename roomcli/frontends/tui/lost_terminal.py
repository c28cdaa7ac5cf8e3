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
from .widgets.steady_text import steadied

TICK = 0.1
"""Seconds after which a key that might begin another is taken for itself."""


class ForgivingDriver(LinuxDriver):
    """Goes on when nobody can read any more, so that the program can leave in order."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._file: Any = Forgiving(self._file)
        self._has_continued = False

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

    def _sigtstp_application(self, *_: object) -> None:
        """Stop: at once where nothing is drawn, else between two things that the program does.

        The signal may come amid a write, and Textual would wait for its own lock for ever.
        """
        if self._draws:
            self._loop.call_soon_threadsafe(self._stop)
        else:
            os.kill(os.getpid(), signal.SIGSTOP)

    def _sigcont_application(self, *_: object) -> None:
        """Go on, in the same way.

        Who leaves does not: a terminal that goes continues those on it, after it told them.
        """
        if self._draws:
            self._loop.call_soon_threadsafe(self._continue)

    @property
    def _draws(self) -> bool:
        return self._auto_restart and self._app.is_running

    def _stop(self) -> None:
        if self._draws:
            super()._sigtstp_application()  # returns when the program is continued
            self._has_continued = True
            super()._sigcont_application()

    def _continue(self) -> None:
        """Take the terminal back, unless :meth:`_stop` has: also from who stopped the program
        without a word. Then Textual would read and write a second time beside itself.
        """
        if self._draws and not self._has_continued:
            self.suspend_application_mode()
            self._must_signal_resume = True
            super()._sigcont_application()
        self._has_continued = False


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
