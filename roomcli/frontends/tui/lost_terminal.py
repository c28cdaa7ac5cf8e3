"""A terminal driver for terminals that do what Textual does not expect.

The terminal may be gone while the program still writes to it. Textual writes in a thread, which
ends at the first error; the program then waits for ever for room in that thread's queue, and
ignores the signal that told it that the terminal is gone. The terminal may send bytes that are no
text. Another program may have used it for a while and left output on it. A stop may be asked for
at any moment.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
from typing import Any, TextIO

from textual import constants, events
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from .key_releases import ASK_KEYBOARD, WANT_RELEASES, KeyboardReport
from .keystrokes import Keystrokes
from .widgets.steady_text import steadied
from .window_title import PUT_BACK_TITLE, SAVE_TITLE, title_code

WITHOUT_TITLE = ("", "linux", "dumb")
"""Terminals that have no window."""
TICK = 0.1
"""Seconds after which a key that might begin another one is taken as itself."""


class ForgivingDriver(LinuxDriver):
    """A driver that ignores a lost terminal, so that the program can leave in order."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._file: Any = Forgiving(self._file)
        self._has_continued = False
        self._wants_releases = False
        self._title = ""
        self._draws_title = os.environ.get("TERM", "") not in WITHOUT_TITLE

    def run_input_thread(self) -> None:
        """Read keys until the program wants no more; an end of input is not a key."""
        keys = Keystrokes(self._debug)
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                if selector.select(TICK):
                    data = os.read(self.fileno, 4096)
                    if not data:  # nobody can let a key go any more
                        self.process_message(events.AppBlur())
                        self.exit_event.wait()
                    for event in keys.feed(data):
                        self.process_message(event)
                for event in keys.tick():
                    self.process_message(event)

    def process_message(self, message: Message) -> None:
        """Pass on what the terminal sends; ask one that has the keyboard protocol for releases."""
        if isinstance(message, KeyboardReport) and not self._wants_releases:
            self._wants_releases = True
            self.write(WANT_RELEASES)
            return
        super().process_message(message)

    def write(self, data: str) -> None:
        """Write so that a character of doubtful width does not shift what follows it."""
        super().write(steadied(data))

    def start_application_mode(self) -> None:
        """Take the terminal, with the title that was shown, and ask for its keyboard protocol."""
        super().start_application_mode()  # type: ignore[no-untyped-call]
        title, self._title = self._title, ""
        if self._writer_thread is None:  # stopped again before it could draw
            return
        if title:
            self.show_title(title)
        if self._wants_releases:  # it may be another terminal now
            super().process_message(KeyboardReport(0))
        self._wants_releases = False
        if not constants.DISABLE_KITTY_KEY:
            self.write(ASK_KEYBOARD)
            self.flush()

    def stop_application_mode(self) -> None:
        """Give the terminal back, with the title that it had."""
        if self._title:
            self.write(PUT_BACK_TITLE)
        super().stop_application_mode()

    def show_title(self, title: str) -> None:
        """Set the title of the window, where there is one."""
        if title != self._title and self._draws_title:
            self.write(("" if self._title else SAVE_TITLE) + title_code(title))
            self._title = title

    def _get_terminal_size(self) -> tuple[int, int]:
        """Ask the terminal first: exported COLUMNS and LINES keep the size it once had."""
        with contextlib.suppress(OSError):
            return os.get_terminal_size(self.fileno)
        return super()._get_terminal_size()

    def _sigtstp_application(self, *_: object) -> None:
        """Stop the program: at once if nothing is drawn, else after what runs now is done.

        The signal may come in the middle of a write, and Textual would wait for its own lock
        for ever.
        """
        if self._draws:
            self._loop.call_soon_threadsafe(self._stop)
        else:
            os.kill(os.getpid(), signal.SIGSTOP)

    def _sigcont_application(self, *_: object) -> None:
        """Take the terminal back after a stop, in the same way.

        Not while the program leaves: a terminal that goes away first tells its programs to leave,
        and then continues them.
        """
        if self._draws:
            self._loop.call_soon_threadsafe(self._continue)

    @property
    def _draws(self) -> bool:
        return self._auto_restart and self._app.is_running

    def _stop(self) -> None:
        """Give the terminal back and stop; take it again when the program is continued."""
        if self._draws:
            super()._sigtstp_application()  # returns when the program is continued
            self._has_continued = True
            super()._sigcont_application()

    def _continue(self) -> None:
        """Take the terminal back, unless :meth:`_stop` has done so.

        That also serves a program that was stopped without a warning: without this, Textual
        would then read and write twice at the same time.
        """
        if self._draws and not self._has_continued:
            self.suspend_application_mode()
            self._must_signal_resume = True
            super()._sigcont_application()
        self._has_continued = False


class Forgiving:
    """A file to write to, which drops what cannot be written."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, text: str) -> None:
        """Write if possible; a character that the encoding lacks becomes a question mark."""
        encoding = self._file.encoding or "utf-8"
        with contextlib.suppress(OSError):
            self._file.write(text.encode(encoding, "replace").decode(encoding))

    def flush(self) -> None:
        """Flush if possible."""
        with contextlib.suppress(OSError):
            self._file.flush()

    def fileno(self) -> int:
        """Return the descriptor of the underlying file."""
        return self._file.fileno()
