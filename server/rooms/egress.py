"""How much voice a room may send: first in fewer bundles, then of fewer voices at once.

What a listener takes depends on how many talk, so that a room can send ten times as much as a
moment before. So it is measured, and when it is too much the audience gets its bundles less often,
and then the quietest are left out. Whoever comes in is refused only where a single voice would be
too much. Pure: time is an argument, in seconds.
"""

from __future__ import annotations

from ..limits import EgressLimits, ServerLimits
from .tick import MOST_TICKS

SECOND = 1.0
HEADS = 52
"""Bytes that IP and TCP add to a bundle."""
VOICE_BYTES = 6700
"""Bytes a second of one voice of 40 kb/s to one listener, in bundles of 60 ms, with all heads."""
MBIT = 1_000_000 / 8
"""Bytes in a megabit."""
CALM = 0.9
"""The share of the limit that has to suffice for another voice, before one more is let through."""
CALM_SECONDS = 5
"""For so many seconds on end."""


class EgressMeter:
    """Counts bytes, and says how many go out in a second."""

    def __init__(self) -> None:
        self._bytes = 0
        self._since = 0.0
        self._rate = 0.0

    def add(self, size: int, now: float) -> bool:
        """Count bytes that went out; return whether there is a new rate."""
        is_over = now - self._since >= SECOND
        if is_over:
            self._rate = self._bytes / (now - self._since)
            self._bytes, self._since = 0, now
        self._bytes += size
        return is_over

    def rate(self, now: float) -> float:
        """Return bytes a second, by the last second that is over; 0 after a pause."""
        return self._rate if now - self._since < 2 * SECOND else 0.0


class RoomEgress:
    """Says what may go out of a room, by what went out of it, and of ``everything``.

    ``heard`` is how many voices are heard at once where that is not too much.
    """

    def __init__(self, heard: int, limits: ServerLimits, everything: EgressMeter) -> None:
        self._heard = heard
        self._limits = limits
        self._everything = everything
        self._meter = EgressMeter()
        self._calm = 0
        self.voices = heard
        """How many voices may be heard at once."""
        self.ticks = 1
        """The ticks from one bundle to the next that the audience waits at least."""

    def add(self, size: int, now: float) -> None:
        """Count bytes that went out, and see once a second whether they were too many."""
        self._everything.add(size, now)
        if self._meter.add(size, now):
            self._judge(self._meter.rate(now), self._most(now))

    def _most(self, now: float) -> float:
        """Return the bytes a second that may go out; where all is too much each room sends less."""
        most = self._limits.egress
        ours, all_of_it = self._meter.rate(now), self._everything.rate(now)
        share = min(1.0, ours / all_of_it) if all_of_it else 1.0
        return min(most.room_mbit, most.server_mbit * share) * MBIT

    def _judge(self, rate: float, most: float) -> None:
        if rate > most:
            self._calm = 0
            if self.ticks < MOST_TICKS:
                self.ticks = MOST_TICKS
            else:
                fitting = int(self.voices * most / rate)
                self.voices = max(1, min(fitting, self.voices - 1))
            return
        self._calm += 1
        if rate * (self.voices + 1) / self.voices > CALM * most:
            self._calm = 0
        elif self._calm >= CALM_SECONDS:
            self._calm = 0
            if self.voices < self._heard:
                self.voices += 1
            else:
                self.ticks = 1


def has_place(people: int, mbit: float) -> bool:
    """Whether one voice may be sent to so many."""
    return people * VOICE_BYTES <= mbit * MBIT


def full_of_voice(people: int, all_people: int, limits: EgressLimits) -> str | None:
    """Return why a room with so many takes no more, on a server with ``all_people``, or None."""
    if not has_place(people, limits.room_mbit):
        return "so many are in this room that no more voice may be sent: try again later"
    if not has_place(all_people, limits.server_mbit):
        return "so many are on this server that no more voice may be sent: try again later"
    return None
