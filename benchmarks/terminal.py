"""A terminal around a program: type into it, and time when a text appears."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Iterator, Mapping, Sequence

from .processes import GRACE, ChildFailed, start

COLUMNS, ROWS = 80, 24
_ESCAPES = re.compile(
    rb"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, moves, modes
    rb"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"  # OSC: titles, links
    rb"|\x1bP[^\x1b]*\x1b\\"  # DCS: queries
    rb"|\x1b[@-Z\\^_=>78()][0B]?"
)


class TimedTerminal:
    """A program in a terminal, as :func:`running_in` yields it."""

    def __init__(self, process: subprocess.Popen[bytes], descriptor: int, started: float) -> None:
        self.started = started
        """Start of the program in monotonic seconds."""
        self.written = 0
        """Bytes that the program has written."""
        self._process = process
        self._descriptor = descriptor
        self._written = b""

    def press(self, keys: str) -> float:
        """Type ``keys`` and forget earlier output. Returns the time in monotonic seconds."""
        self.read_for(0.0)
        self._written = b""
        pressed = time.monotonic()
        os.write(self._descriptor, keys.encode())
        return pressed

    def wait_for(self, text: str, patience: float) -> float:
        """Return when ``text`` was written, in one line and one style, in monotonic seconds.

        Raises ChildFailed if the text does not come within ``patience`` seconds.
        """
        deadline = time.monotonic() + patience
        while (left := deadline - time.monotonic()) > 0:
            if not self._read_once(left):
                break
            now = time.monotonic()
            if text.encode() in _ESCAPES.sub(b"", self._written):
                return now
        last = _ESCAPES.sub(b"", self._written)[-200:].decode("utf-8", "replace").strip()
        raise ChildFailed(f"the text {text!r} did not come; the last that came: {last!r}")

    def read_for(self, seconds: float) -> None:
        """Read what the program writes for ``seconds``, so that it does not wait for a reader."""
        deadline = time.monotonic() + seconds
        while self._read_once(max(0.0, deadline - time.monotonic())):
            pass

    def _read_once(self, patience: float) -> bool:
        if not select.select([self._descriptor], [], [], patience)[0]:
            return False
        try:
            data = os.read(self._descriptor, 1 << 16)
        except OSError:  # the other end is closed
            return False
        self.written += len(data)
        self._written = (self._written + data)[-(1 << 18) :]
        return bool(data)

    def end(self) -> None:
        """End the program, reading on meanwhile: a full terminal would keep it from ending."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            self._process.send_signal(number)
            deadline = time.monotonic() + GRACE
            while self._process.poll() is None and time.monotonic() < deadline:
                if not self._read_once(0.01):
                    time.sleep(0.01)
            if self._process.poll() is not None:
                break
        self._process.wait()
        os.close(self._descriptor)


@contextlib.contextmanager
def running_in(
    command: Sequence[str],
    environment: Mapping[str, str],
    *,
    columns: int = COLUMNS,
    rows: int = ROWS,
) -> Iterator[TimedTerminal]:
    """Run a command, with this environment alone, in a terminal until the block ends."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    started = time.monotonic()
    environment = {**environment, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    process = start(command, environment, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    terminal = TimedTerminal(process, ours, started)
    try:
        yield terminal
    finally:
        terminal.end()


def seconds_until(
    text: str, command: Sequence[str], environment: Mapping[str, str], patience: float
) -> float:
    """Return the seconds from a command's start until it has written ``text``, and end the command.

    Raises ChildFailed if the text does not come within ``patience`` seconds.
    """
    with running_in(command, environment) as terminal:
        return terminal.wait_for(text, patience) - terminal.started
