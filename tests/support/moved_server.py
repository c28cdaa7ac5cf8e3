"""A real server whose clock a test moves: ``python -m tests.support.moved_server``.

With each SIGUSR1 it is half a minute later for its rooms, as soon as something happens in them. An
evening with a host who drops takes as long otherwise, and with shorter times of its own a server
would run ahead of a busy machine. Everything else is the server's own.
"""

from __future__ import annotations

import signal
import sys

from server import __main__ as server
from server.clock import Clock
from server.rooms.rules import KEEP_SEAT


class MovedClock(Clock):
    """Goes on by itself, and further when it is told to."""

    def __init__(self, seen: float = 0.0) -> None:
        super().__init__(seen)
        signal.signal(signal.SIGUSR1, lambda *_: self._move())

    def _move(self) -> None:
        self._offset += KEEP_SEAT


if __name__ == "__main__":
    server.__dict__["Clock"] = MovedClock
    sys.exit(server.main())
