"""How one connection behaves: how much it sends, and what of it is wrong or refused.

The same holds before ``hello`` and after it. Whoever goes too far is not read any further.
"""

from __future__ import annotations

from collections.abc import Callable

import trio

from ..limits import Rate, TokenBucket

FRAMES = Rate(150, 300)
"""WebSocket frames of all kinds: 50 with voice, and as many again for what comes late and at
once."""
PINGS = Rate(1, 10)
REFUSALS = Rate(2, 200)
"""Commands that are refused: a person makes some, a program that goes on with them has to stop."""
MAX_FAULTS = 20
"""Malformed messages, and frames that no honest client sends."""
FLOOD_SECONDS = 5.0
"""How long a connection may send more than :data:`FRAMES` before it is given up."""
FLOOD_PAUSE = 1.0
"""A time within the rate that ends a flood."""


class Conduct:
    """Judges one connection. ``clock`` gives monotonic seconds."""

    def __init__(self, clock: Callable[[], float] = trio.current_time) -> None:
        now = clock()
        self._clock = clock
        self._frames = TokenBucket(*FRAMES, now)
        self._pings = TokenBucket(*PINGS, now)
        self._refusals = TokenBucket(*REFUSALS, now)
        self._faults = 0
        self._flooding_since = self._flooded_at = float("-inf")
        self._why = ""
        self._end: Callable[[str], None] | None = None

    @property
    def over(self) -> bool:
        """Whether nothing more is to be read."""
        return bool(self._why)

    def on_end(self, end: Callable[[str], None]) -> None:
        """Have this called, with the reason for the person, when the connection has to end.

        It is called at once where it has to end already.
        """
        self._end = end
        if self._why:
            end(self._why)

    @property
    def floods(self) -> bool:
        """Whether it sends more than it may, now or a moment ago."""
        return self._clock() - self._flooded_at <= FLOOD_PAUSE

    def admits_frame(self) -> bool:
        """One more frame came: whether it is within what a connection may send."""
        now = self._clock()
        if not self._frames.take(1, now):
            return True
        if now - self._flooded_at > FLOOD_PAUSE:
            self._flooding_since = now
        self._flooded_at = now
        if now - self._flooding_since >= FLOOD_SECONDS:
            self._finish("too many messages for too long")
        return False

    def admits_ping(self) -> bool:
        """One more ping came: whether it is to be answered; too many are faults."""
        if not self._pings.take(1, self._clock()):
            return True
        self.fault()
        return False

    def fault(self) -> None:
        """Something came that is malformed, or that no honest client sends."""
        self._faults += 1
        if self._faults >= MAX_FAULTS:
            self._finish("too many malformed messages")

    def refused(self) -> None:
        """A command was refused."""
        if self._refusals.take(1, self._clock()):
            self._finish("too many commands that are refused")

    def _finish(self, why: str) -> None:
        if not self._why:
            self._why = why
            if self._end is not None:
                self._end(why)
