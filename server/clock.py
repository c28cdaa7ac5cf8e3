"""The server's time of day, which never goes back and never jumps."""

from __future__ import annotations

import logging
import time

import trio

log = logging.getLogger(__name__)

NOTEWORTHY = 60.0
"""Seconds that the machine's clock may be behind before a warning is logged."""


class Clock:
    """A clock that reads the time of day once, at its start, and then goes on monotonically.

    It begins no earlier than ``seen``, the latest time that the server ever saw (seconds since
    1970), so that setting the machine's clock back makes no ban longer.
    """

    def __init__(self, seen: float = 0.0) -> None:
        now = time.time()
        self._seen = seen
        self._offset = max(now, seen) - trio.current_time()
        if seen - now > NOTEWORTHY:
            log.warning(
                "this machine's clock says %s, but the server has seen %s already and goes on from"
                " there, so that no ban gets longer: if the machine is right, see Clock in"
                " docs/self-hosting.md",
                _moment(now),
                _moment(seen),
            )

    def go_by(self, common: float) -> None:
        """Begin at the time of day by which all servers of a cluster go, before anybody asks.

        So a ban of an hour ends after an hour, whichever server has its room by then.
        """
        now = time.time()
        self._offset = max(common, self._seen) - trio.current_time()
        if abs(common - now) > NOTEWORTHY:
            log.warning(
                "this machine's clock says %s and that of Valkey %s: the servers of a cluster go by"
                " Valkey's",
                _moment(now),
                _moment(common),
            )

    def now(self) -> float:
        """Return the server's time in seconds since 1970."""
        return trio.current_time() + self._offset


def _moment(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(seconds))
