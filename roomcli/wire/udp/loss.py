"""What share of one direction's datagrams is lost, as its sender learns from the receptions.

The receiver only counts; its totals are compared over time here, so that a report that is lost or
late takes nothing away.
"""

from __future__ import annotations

from typing import NamedTuple

from ...protocol.datagrams import ReceptionReport

WINDOW = 2.0
"""Seconds over which loss is measured."""
ENOUGH = 50
"""Datagrams in that time below which nothing is said: a second of one voice."""

_SPACING = 0.2  # seconds between two readings that are kept: a peer may report as often as it likes


class LossReading(NamedTuple):
    """What the peer had received at some time."""

    at: float
    reception: ReceptionReport


class LossMeter:
    """Measures the loss of what one side sends. Times are seconds, monotonic."""

    __slots__ = ("_readings", "latest", "loss")

    def __init__(self) -> None:
        self._readings: tuple[LossReading, ...] = ()
        self.latest: LossReading | None = None
        """The newest reading."""
        self.loss: float | None = None
        """The share that was lost in the last two seconds; None while that cannot be said."""

    def take_report(self, reception: ReceptionReport, now: float) -> None:
        """Take a reception that the peer told; one that came late, and knows less, is ignored."""
        if self.latest:
            known = self.latest.reception
            if reception.number < known.number:
                return
            if reception.number > known.number:
                self._readings, self.latest = (), None
            elif (reception.newest, reception.received) < (known.newest, known.received):
                return
        self.latest = LossReading(now, reception)
        if not self._readings or now - self._readings[-1].at >= _SPACING:
            self._readings += (self.latest,)
        while len(self._readings) > 1 and self._readings[1].at <= now - WINDOW:
            self._readings = self._readings[1:]
        base = self._readings[0]
        measured = now - base.at >= WINDOW and expected(base, self.latest) >= ENOUGH
        self.loss = lost_share(base, self.latest) if measured else None


def expected(earlier: LossReading, later: LossReading) -> int:
    """Return how many datagrams there were between two readings of one id."""
    return later.reception.newest - earlier.reception.newest


def lost_share(earlier: LossReading, later: LossReading) -> float:
    """Return the share of these that was lost, from 0 to 1."""
    lost = later.reception.lost - earlier.reception.lost
    return min(max(lost / max(expected(earlier, later), 1), 0.0), 1.0)
