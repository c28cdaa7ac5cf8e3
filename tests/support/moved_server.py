"""A real server whose clock a test moves: ``python -m tests.support.moved_server``.

With each SIGUSR1 it is half a minute later for the rooms, as soon as something happens in them. An
evening with a host who drops would otherwise take as long as in life, and with shorter times a
server would run ahead of a busy machine. Everything else is the real server.
"""

from __future__ import annotations

import signal
import sys

from roomcli.protocol.times import KEEP_SEAT
from server import __main__ as server
from server.clock import Clock


class MovedClock(Clock):
    """A clock that runs by itself and jumps ahead when the process gets SIGUSR1."""

    def __init__(self, seen: float = 0.0) -> None:
        super().__init__(seen)
        signal.signal(signal.SIGUSR1, lambda *_: self._move())

    def _move(self) -> None:
        self._offset += KEEP_SEAT


if __name__ == "__main__":
    server.__dict__["Clock"] = MovedClock
    sys.exit(server.main())
