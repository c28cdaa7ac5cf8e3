"""What a bad network does to packets, decided packet by packet: pure, with time as an argument."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True)
class Impairment:
    """How bad one direction of a path is. Times are seconds, shares from 0 to 1.

    ``loss`` is the share of packets that is lost, in runs of ``burst`` on average (1: each for
    itself; more: Gilbert's model). ``reordered`` is the share that takes ``behind`` longer than
    the others. Nothing at all passes in the first ``outage`` seconds of each ``outage_every``.
    """

    delay: float = 0.040
    loss: float = 0.0
    burst: float = 1.0
    reordered: float = 0.0
    behind: float = 0.030
    outage: float = 0.0
    outage_every: float = 10.0


class BadPath:
    """One direction of a path; ``since`` is when its impairment began."""

    def __init__(self, impairment: Impairment, seed: int, since: float = 0.0) -> None:
        self._impairment = impairment
        self._chance = Random(seed)
        self._since = since
        self._loses = False

    def delay_at(self, now: float) -> float | None:
        """Return how long the packet that is sent now takes; None: it is lost."""
        with_what = self._impairment
        if (now - self._since) % with_what.outage_every < with_what.outage:
            return None
        if self._is_lost():
            return None
        late = self._chance.random() < with_what.reordered
        return with_what.delay + (with_what.behind if late else 0.0)

    def _is_lost(self) -> bool:
        loss, burst = self._impairment.loss, self._impairment.burst
        if burst <= 1.0 or not 0.0 < loss < 1.0:
            return self._chance.random() < loss
        # The chances to begin and to end a run, so that runs and share come out as wanted.
        begins, ends = loss / (1.0 - loss) / burst, 1.0 / burst
        changes = self._chance.random() < (ends if self._loses else begins)
        self._loses = self._loses != changes
        return self._loses
