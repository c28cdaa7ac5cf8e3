"""A terminal for tests that look at the bytes which a program writes to it, one after the other."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import termios
import time
from codecs import getincrementaldecoder
from collections.abc import Iterator, Mapping, Sequence

import pytest

from benchmarks import processes

from .patience import PATIENCE


class PseudoTerminal:
    """A program with a terminal of its own; ``stream`` is all that it has written so far."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._ours, theirs = pty.openpty()
        termios.tcsetwinsize(theirs, (24, 80))
        self._before = termios.tcgetattr(theirs)
        self._theirs = theirs
        self.process = processes.start(
            command, environment, stdin=theirs, stdout=theirs, stderr=theirs
        )
        self.stream = ""
        self._decoder = getincrementaldecoder("utf-8")(errors="replace")

    @property
    def is_as_before(self) -> bool:
        """Whether the terminal takes keys as it did before the program began."""
        return termios.tcgetattr(self._theirs) == self._before

    def types(self, keys: str) -> int:
        """Press keys; return where in the stream comes what follows."""
        os.write(self._ours, keys.encode())
        return len(self.stream)

    def sees(self, text: str, after: int = 0) -> int:
        """Wait until the program has written a text; return where in the stream it ends."""
        deadline = time.monotonic() + PATIENCE
        while (found := self.stream.find(text, after)) < 0:
            if not self._read(deadline - time.monotonic()):
                pytest.fail(f"waited for {text!r}; there is:\n{self.stream[after:]!r}")
        return found + len(text)

    def ends(self) -> int:
        """Wait for the end of the program, and return its exit code."""
        code = self.process.wait(PATIENCE)
        while self._read(0.0):
            pass
        return code

    def close(self) -> None:
        """End the program, if it still runs, and the terminal."""
        processes.end(self.process)
        os.close(self._ours)
        os.close(self._theirs)

    def _read(self, patience: float) -> bool:
        if not select.select([self._ours], [], [], max(0.0, patience))[0]:
            return False
        self.stream += self._decoder.decode(os.read(self._ours, 65536))
        return True


@contextlib.contextmanager
def pseudo_terminal(command: Sequence[str], **environment: str) -> Iterator[PseudoTerminal]:
    """Run a program in a terminal until the block ends."""
    usual = {**os.environ, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}
    opened = PseudoTerminal(command, usual | environment)
    try:
        yield opened
    finally:
        opened.close()
