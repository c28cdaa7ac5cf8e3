"""The server's time of day, which never goes back and never jumps."""

from __future__ import annotations

import logging
import time

import trio

log = logging.getLogger(__name__)

NOTEWORTHY = 60.0
"""Seconds that a machine's clock may be behind without a word."""


class Clock:
    """Seconds since 1970 as of the start, going on monotonically.

    ``seen`` is the latest time that the server ever saw: it begins no earlier, so that setting the
    machine's clock back makes no ban longer.
    """

    def __init__(self, seen: float = 0.0) -> None:
        now = time.time()
        self._offset = max(now, seen) - trio.current_time()
        if seen - now > NOTEWORTHY:
            log.warning(
                "this machine's clock says %s, but the server has seen %s already and goes on from"
                " there, so that no ban gets longer: if the machine is right, see Clock in"
                " docs/self-hosting.md",
                _moment(now),
                _moment(seen),
            )

    def now(self) -> float:
        """Seconds since 1970."""
        return trio.current_time() + self._offset


def _moment(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(seconds))
