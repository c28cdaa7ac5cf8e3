"""How often the audience of a large room is sent voice: less often when that takes too long."""

from __future__ import annotations

TICK = 0.020
"""Seconds between two bundles to the audience of a large room."""
SLACK = 0.001
"""Seconds by which a round may begin before a tick is over. Frames of a voice come once a tick:
so rounds fall into step with a lone voice, whose frames then wait for nothing. With rounds a little
too rare they would wait ever longer, half a tick on average."""
MOST_TICKS = 3
"""The longest that the audience waits for a bundle, in ticks: 60 ms."""
FITS = 0.6
"""The share of the time between two rounds that a round may take: reading, and other rooms, need
the rest."""
FITS_WELL = 0.4
"""The share that it may take of a shorter time, for rounds to come more often again."""
BETWEEN = 1.2
"""How much longer a round takes in one process than its parts in several, as in one everything else
comes in between."""
_SMOOTHING = 0.2


class AudienceTick:
    """The seconds from one round of bundles to the next, by how long rounds take."""

    def __init__(self) -> None:
        self._ticks = 1
        self._round = 0.0
        self.least = 1
        """The ticks from one round to the next, at least."""

    @property
    def seconds(self) -> float:
        """Seconds from the beginning of a round to that of the next."""
        return max(self._ticks, self.least) * TICK

    @property
    def pause(self) -> float:
        """Seconds from the beginning of a round in which no other begins."""
        return self.seconds - SLACK

    def note_round(self, took: float, share: float = 1.0) -> None:
        """Take in how many seconds a round took, which went to this share of the audience.

        It counts as if it had gone to all: where processes share a room, it costs the machine no
        more than in one.
        """
        if share < 1.0:
            took *= BETWEEN / share
        self._round += (took - self._round) * _SMOOTHING
        needed = self._ticks * TICK
        if self._round > FITS * needed:
            self._ticks = min(MOST_TICKS, self._ticks + 1)
        elif self._round < FITS_WELL * (needed - TICK):
            self._ticks -= 1
