"""How one connection behaves: how much it sends, and how much of that is wrong or refused.

The same rules hold before ``hello`` and after. A connection that goes too far is read no more.
"""

from __future__ import annotations

from collections.abc import Callable

import trio
from msgspec import Struct

from ..allowances import TokenBucket
from ..limits import MessageLimits

FLOOD_PAUSE = 1.0
"""Seconds within the rate that end a flood."""
_NEVER = float("-inf")


class ConductSoFar(Struct, frozen=True, array_like=True):
    """What counts against a connection: refused commands, of which some come back, and faults."""

    refusals: float = 0.0
    faults: int = 0


class Conduct:
    """Judges the behaviour of one connection. ``clock`` gives monotonic seconds."""

    def __init__(
        self, limits: MessageLimits | None = None, clock: Callable[[], float] = trio.current_time
    ) -> None:
        now = clock()
        self._limits = limits or MessageLimits()
        self._clock = clock
        self._frames = TokenBucket(*self._limits.frames, now)
        self._pings = TokenBucket(*self._limits.pings, now)
        self._refusals = TokenBucket(*self._limits.refused, now)
        self._faults = 0
        self._flooding_since = self._flooded_at = _NEVER
        self._why = ""
        self.over = False
        """Whether nothing more may be read from the connection."""
        self._end: Callable[[str], None] | None = None

    def on_end(self, end: Callable[[str], None]) -> None:
        """Set the function to call when the connection has to end, with the reason for the person.

        The function is called at once if the connection has to end already.
        """
        self._end = end
        if self._why:
            end(self._why)

    @property
    def floods(self) -> bool:
        """Whether the connection sends more than it may, now or a moment ago."""
        return self._flooded_at > _NEVER and self._clock() - self._flooded_at <= FLOOD_PAUSE

    def admits_frame(self) -> bool:
        """Count one more frame; return whether it is within what a connection may send."""
        now = self._clock()
        if not self._frames.take(1, now):
            return True
        if now - self._flooded_at > FLOOD_PAUSE:
            self._flooding_since = now
        self._flooded_at = now
        if now - self._flooding_since >= self._limits.flood_seconds:
            self.break_off("too many messages for too long")
        return False

    def admits_ping(self) -> bool:
        """Count one more ping; return whether to answer it. Each ping too many is a fault."""
        if not self._pings.take(1, self._clock()):
            return True
        self.fault()
        return False

    def fault(self) -> None:
        """Count a message that is malformed, or that no honest client sends."""
        self._faults += 1
        if self._faults >= self._limits.malformed:
            self.break_off("too many malformed messages")

    def so_far(self) -> ConductSoFar:
        """Return what counts against the connection at this moment."""
        return ConductSoFar(self._refusals.used(self._clock()), self._faults)

    def go_on_from(self, before: ConductSoFar) -> None:
        """Hold against the connection what another server has counted of it."""
        now = self._clock()
        self._refusals.take(max(0.0, before.refusals - self._refusals.used(now)), now)
        self._faults = max(self._faults, before.faults)

    def refused(self) -> None:
        """Count a refused command."""
        if self._refusals.take(1, self._clock()):
            self.break_off("too many commands that are refused")

    def break_off(self, why: str) -> None:
        """End the connection of a client that goes too far, for this reason."""
        if not self._why:
            self._why, self.over = why, True
            if self._end is not None:
                self._end(why)
