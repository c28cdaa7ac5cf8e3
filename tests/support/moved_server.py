"""A real server whose clock a test moves: ``python -m tests.support.moved_server``.

With each SIGUSR1 it is half a minute later for the rooms, as soon as something happens in them. An
evening with a host who drops would otherwise take as long as in life, and with shorter times a
server would run ahead of a busy machine. Everything else is the real server.

With ``MOVED_SERVER_MOMENTS`` in its environment (seconds since 1970, with spaces between) it begins
at the first of them, and with each SIGUSR1 it is the next one.
"""

from __future__ import annotations

import os
import signal
import sys

import trio

from roomcli.protocol.times import KEEP_SEAT
from server import __main__ as server
from server import service
from server.clock import Clock

MOMENTS = "MOVED_SERVER_MOMENTS"


class MovedClock(Clock):
    """A clock that runs by itself and jumps ahead when the process gets SIGUSR1."""

    def __init__(self, seen: float = 0.0) -> None:
        self._moments = [float(each) for each in os.environ.get(MOMENTS, "").split()]
        super().__init__(max(seen, self._moments.pop(0)) if self._moments else seen)
        signal.signal(signal.SIGUSR1, lambda *_: self._move())

    def _move(self) -> None:
        if self._moments:
            self._offset = max(self._offset, self._moments.pop(0) - trio.current_time())
        else:
            self._offset += KEEP_SEAT


if __name__ == "__main__":
    service.__dict__["Clock"] = MovedClock
    sys.exit(server.main())
