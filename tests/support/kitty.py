"""A terminal that plays kitty: a real pty with the keyboard protocol that reports releases.

https://sw.kovidgoyal.net/kitty/keyboard-protocol/
"""

from __future__ import annotations

import contextlib
import os
import pty
import re
import subprocess
import sys
import threading
from collections.abc import Iterator

from benchmarks.processes import guard

from .. import ROOT
from .patience import PATIENCE
from .terminal import until

_KEYBOARD = re.compile(rb"\x1b\[(?P<how>[<>=?])(?P<flags>\d*)(?:;(?P<mode>\d))?u")
_REPORTS_RELEASES = 2
SIZE = {"COLUMNS": "120", "LINES": "30"}
CODES = {"space": 32, "m": 109, "q": 113}


class KittyTerminal:
    """Runs a Python module in a pty, presses keys in it, and keeps what it writes.

    ``speaks`` is false for a terminal without the protocol.
    """

    def __init__(self, *words: str, environment: dict[str, str], speaks: bool = True) -> None:
        self._ours, theirs = pty.openpty()
        self.speaks = speaks
        self._written = b""
        self._answered = 0
        self._mark = 0
        self._flags = [0]
        self.process = subprocess.Popen(
            [sys.executable, "-m", *words],
            cwd=ROOT,
            env={**environment, **SIZE, "TERM": "xterm-kitty", "LC_ALL": "C.UTF-8"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        guard.watch(self.process.pid)
        os.close(theirs)
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def _read(self) -> None:
        with contextlib.suppress(OSError):
            while data := os.read(self._ours, 65536):
                self._written += data
                for found in _KEYBOARD.finditer(self._written, self._answered):
                    self._answered = found.end()
                    if self.speaks:
                        self._set(found)

    def _set(self, found: re.Match[bytes]) -> None:
        flags = int(found["flags"] or 0)
        match found["how"]:
            case b">":
                self._flags.append(flags)
            case b"<":
                self._flags.pop()
            case b"=":
                mode = int(found["mode"] or 1)
                now = self._flags[-1]
                self._flags[-1] = {1: flags, 2: now | flags, 3: now & ~flags}[mode]
            case _:
                self._send(f"\x1b[?{self._flags[-1]}u")

    def _send(self, text: str) -> None:
        os.write(self._ours, text.encode())

    @property
    def reports_releases(self) -> bool:
        """Whether the program has asked for releases of keys."""
        return bool(self._flags[-1] & _REPORTS_RELEASES)

    @property
    def flags(self) -> list[int]:
        """What was pushed by the program, and is not popped."""
        return self._flags[1:]

    @property
    def news(self) -> str:
        """What was written since :meth:`attend`."""
        return self._written[self._mark :].decode(errors="replace")

    def attend(self) -> None:
        """Look only at what is written from now on."""
        self._mark = len(self._written)

    def writes(self, text: str) -> None:
        """Wait until the program has written a text since :meth:`attend`."""
        until(lambda: text in self.news, repr(text), PATIENCE, lambda: repr(self.news[-3000:]))

    def press(self, key: str) -> None:
        """Press a key, as the program wants to be told of it."""
        code = CODES[key]
        self._send(f"\x1b[{code};;{code}u" if self._flags[-1] else chr(code))

    def repeat(self, key: str) -> None:
        """Hold a key so long that the terminal repeats it."""
        code = CODES[key]
        self._send(f"\x1b[{code};1:2;{code}u" if self.reports_releases else chr(code))

    def release(self, key: str) -> None:
        """Let a key go, of which only who has asked is told."""
        if self.reports_releases:
            self._send(f"\x1b[{CODES[key]};1:3u")

    def focus(self, has_it: bool) -> None:
        """Give the window the focus, or take it away."""
        self._send("\x1b[I" if has_it else "\x1b[O")

    def close(self) -> None:
        """End the program, and take the terminal away."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE)
        with contextlib.suppress(OSError):
            os.close(self._ours)


@contextlib.contextmanager
def kitty(*words: str, environment: dict[str, str], speaks: bool = True) -> Iterator[KittyTerminal]:
    """Run a module in such a terminal until the block ends."""
    opened = KittyTerminal(*words, environment=environment, speaks=speaks)
    try:
        yield opened
    finally:
        opened.close()
