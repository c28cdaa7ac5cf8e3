"""Chooses between frames of 20 ms and those of 10 ms with the smallest cushions, by the link.

Less delay costs twice the messages and leaves less to be late by: it is for a good link to a room
that permits it, and over at the first sign that the link is none. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ..audio.delay import FIRST_GUESS

LONGEST: Final = 0.060
"""Seconds of a round trip beyond which 10 ms are not what one notices."""
STEADY: Final = 0.010
"""Seconds by which the round trips of a good link differ."""
UNSTEADY: Final = 0.030
"""Seconds by which a round trip exceeds the shortest of them when the link is no longer good."""
LEAST_LATENESS: Final = 0.005
"""Seconds by which packets are supposed to be late at first over a steady link."""
KNOWN: Final = 3
"""Round trips after which something is known of a link."""
ROUND_TRIPS: Final = 8
"""Round trips, 4 s, that have to be steady."""
PAUSE: Final = 15.0
"""Seconds after the link was bad in which it is not trusted; twice as many each time."""
LONGEST_PAUSE: Final = 600.0
TRUSTED: Final = 60.0
"""Seconds after which a link that stayed good is trusted as at first."""


class LowDelayChoice:
    """Whether little delay is wanted, at present. Times are in seconds, monotonic."""

    def __init__(self) -> None:
        self.is_on = False
        self._dropped = 0
        self._not_before = float("-inf")
        self._since = 0.0
        self._pause = PAUSE

    def look(
        self, *, permitted: bool, round_trips: Sequence[float], dropped: int, now: float
    ) -> bool:
        """Choose anew; call several times a second.

        ``round_trips`` are the last ones in seconds, the newest last; ``dropped`` counts the frames
        of one's own that were dropped on their way out.
        """
        lost, self._dropped = dropped > self._dropped, dropped
        if lost or (self.is_on and not _is_tolerable(round_trips)):
            self._distrust(now)
        elif not self.is_on:
            self.is_on = permitted and now >= self._not_before and _is_good(round_trips)
            self._since = now
        elif now - self._since >= TRUSTED:
            self._pause = PAUSE
        self.is_on = self.is_on and permitted
        return self.is_on

    def _distrust(self, now: float) -> None:
        self._not_before = now + self._pause
        if self.is_on:
            self._pause = min(2 * self._pause, LONGEST_PAUSE)
        self.is_on = False


def _is_good(round_trips: Sequence[float]) -> bool:
    last = round_trips[-ROUND_TRIPS:]
    return len(last) == ROUND_TRIPS and max(last) <= LONGEST and max(last) - min(last) <= STEADY


def _is_tolerable(round_trips: Sequence[float]) -> bool:
    if not round_trips:  # a new connection
        return False
    return round_trips[-1] - min(round_trips) <= UNSTEADY and round_trips[-1] <= 2 * LONGEST


def first_guess(round_trips: Sequence[float]) -> float:
    """Return by how many seconds the first packets of a voice are likely to be late.

    Over a link whose round trips are all alike that is little. Nothing is known of the speaker's
    own link; it is supposed to be no worse than this one.
    """
    if len(round_trips) < KNOWN:
        return FIRST_GUESS
    spread = max(round_trips) - min(round_trips)
    return min(LEAST_LATENESS + 2.0 * spread, FIRST_GUESS)
