"""A terminal of 80 x 24 around a program: how long until a text is on its screen?"""

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
from collections.abc import Mapping, Sequence

from .processes import ROOT, ChildFailed

COLUMNS, ROWS = 80, 24
GRACE = 5.0
_ESCAPES = re.compile(
    rb"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, moves, modes
    rb"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"  # OSC: titles, links
    rb"|\x1bP[^\x1b]*\x1b\\"  # DCS: queries
    rb"|\x1b[@-Z\\^_=>78()][0B]?"
)


def seconds_until(
    text: str, command: Sequence[str], environment: Mapping[str, str], patience: float
) -> float:
    """From the start of the command to the moment when it has written ``text``; then it is ended.

    The text has to lie in one line and one style. Raises ChildFailed when it does not come.
    """
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
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
    try:
        return _wait_for(text.encode(), ours, started, patience) - started
    finally:
        _end(process, ours)


def _wait_for(text: bytes, terminal: int, started: float, patience: float) -> float:
    written = b""
    while (left := started + patience - time.monotonic()) > 0:
        if not select.select([terminal], [], [], left)[0]:
            break
        try:
            data = os.read(terminal, 1 << 16)
        except OSError:  # the other end is closed
            break
        now = time.monotonic()
        written += data
        if text in _ESCAPES.sub(b"", written):
            return now
    last = _ESCAPES.sub(b"", written)[-200:].decode("utf-8", "replace").strip()
    raise ChildFailed(f"the text {text.decode()!r} did not come; the last that came: {last!r}")


def _end(process: subprocess.Popen[bytes], terminal: int) -> None:
    """Ask it to go, reading on, since nobody can leave whose last words do not fit."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        process.send_signal(number)
        deadline = time.monotonic() + GRACE
        while process.poll() is None and time.monotonic() < deadline:
            if select.select([terminal], [], [], 0.01)[0]:
                with contextlib.suppress(OSError):
                    if os.read(terminal, 1 << 16):
                        continue
                time.sleep(0.01)
        if process.poll() is not None:
            break
    process.wait()
    os.close(terminal)
