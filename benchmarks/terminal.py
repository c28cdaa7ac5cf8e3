"""A terminal around a program: what it writes, what is typed into it, and when a text is there."""

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

from .processes import ROOT, ChildFailed

COLUMNS, ROWS = 80, 24
GRACE = 5.0
_ESCAPES = re.compile(
    rb"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, moves, modes
    rb"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"  # OSC: titles, links
    rb"|\x1bP[^\x1b]*\x1b\\"  # DCS: queries
    rb"|\x1b[@-Z\\^_=>78()][0B]?"
)


class TimedTerminal:
    """What :func:`running_in` gives."""

    def __init__(self, process: subprocess.Popen[bytes], descriptor: int, started: float) -> None:
        self.started = started
        """Monotonic seconds."""
        self._process = process
        self._descriptor = descriptor
        self._written = b""

    def press(self, keys: str) -> float:
        """Type these; what was written before is forgotten. Returns when, in monotonic seconds."""
        self.read_for(0.0)
        self._written = b""
        pressed = time.monotonic()
        os.write(self._descriptor, keys.encode())
        return pressed

    def wait_for(self, text: str, patience: float) -> float:
        """When ``text`` has been written, in one line and one style, in monotonic seconds.

        Raises ChildFailed when it does not come.
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
        """Take what it writes for so long, lest it waits for a reader."""
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
        self._written = (self._written + data)[-(1 << 18) :]
        return bool(data)

    def end(self) -> None:
        """Ask it to go, reading on, since nobody can leave whose last words do not fit."""
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
    """The command in a terminal of this size, until the block ends."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    started = time.monotonic()
    process = subprocess.Popen(
        command,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=ROOT,
        env={**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", **environment},
        start_new_session=True,
    )
    os.close(theirs)
    terminal = TimedTerminal(process, ours, started)
    try:
        yield terminal
    finally:
        terminal.end()


def seconds_until(
    text: str, command: Sequence[str], environment: Mapping[str, str], patience: float
) -> float:
    """From the start of the command to the moment when it has written ``text``; then it is ended.

    Raises ChildFailed when it does not come.
    """
    with running_in(command, environment) as terminal:
        return terminal.wait_for(text, patience) - terminal.started
