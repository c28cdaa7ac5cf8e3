"""Repeats voice where datagrams get lost: a copy of what was sent a few ticks ago.

A copy in a later datagram costs the bandwidth once more and no bits of the codec. How much later
follows how many are lost in a row: against single losses the next tick does, against bursts of four
it has to be four ticks.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence

from .loss import LossMeter, LossReading, expected, lost_share

ON = 0.01
"""The share lost in two seconds from which on voice is repeated."""
OFF = 0.003
"""The share lost in ``OFF_AFTER`` seconds below which it no longer is."""
OFF_AFTER = 20.0
OLDEST = 4
"""The most ticks by which a copy is later."""
TICK = 0.020
"""Seconds of a tick, where bundles do not go out more slowly."""

_ENOUGH = 500  # datagrams that have to show so little loss; silence shows nothing
_MEMORY = 10.0  # seconds for which a run of losses counts
_EARLY = 0.5  # ticks by which a copy may go out sooner: a tick that is early must not cost one more
_PATIENCE = 3  # ticks that may pass unused before copies are left out


class Repetition:
    """Decides whether one receiver gets copies, and how late. Times are seconds, monotonic."""

    __slots__ = ("_burst_lost", "_burst_runs", "_calm_since", "_last", "age")

    def __init__(self) -> None:
        self.age = 0
        """By how many ticks copies are later, 1 to ``OLDEST``; 0: there are none."""
        self._last: LossReading | None = None
        self._calm_since: LossReading | None = None
        self._burst_lost = self._burst_runs = 0.0

    def adapt(self, meter: LossMeter) -> None:
        """Look at the loss again, after the meter has taken a reception."""
        reading = meter.latest
        if reading is None:
            return
        if self._last and reading.reception.number != self._last.reception.number:
            self._last = None  # another id counts from 0
            self._calm_since = reading
        self._follow_bursts(reading)
        if meter.loss is not None and meter.loss >= ON:
            self._calm_since = reading
            self.age = self._age()
        elif self.age and self._calm_since:
            self.age = self._age()
            calm = self._calm_since
            if reading.at - calm.at >= OFF_AFTER and expected(calm, reading) >= _ENOUGH:
                if lost_share(calm, reading) < OFF:
                    self.age = 0
                self._calm_since = reading

    def _follow_bursts(self, reading: LossReading) -> None:
        last, self._last = self._last, reading
        if last is None:
            return
        fading = math.exp((last.at - reading.at) / _MEMORY)
        lost = reading.reception.lost - last.reception.lost
        runs = reading.reception.runs - last.reception.runs
        self._burst_lost = max(self._burst_lost * fading + lost, 0.0)
        self._burst_runs = max(self._burst_runs * fading + runs, 0.0)

    def _age(self) -> int:
        """Return by how many ticks a copy has to be later to lie beyond a usual run."""
        usual = self._burst_lost / self._burst_runs if self._burst_runs > 0 else 1.0
        return min(max(math.ceil(usual - 0.25), 1), OLDEST)


class EarlierVoice:
    """Keeps what went out in the last ticks, the same for all who need copies.

    Goes by time and not by number, since a small room sends several bundles in 20 ms, and a
    spurt's last words have to be repeated in the silence after it.
    """

    def __init__(self, tick: float = TICK) -> None:
        self.tick = tick
        """Seconds of a tick as they are now."""
        self._kept: deque[tuple[float, Sequence[bytes]]] = deque()
        self._at = -math.inf
        self._due: tuple[tuple[bytes, ...], ...] = ((),) * OLDEST

    @property
    def is_waiting(self) -> bool:
        """Whether there is something to repeat, so that :meth:`advance` has to be called."""
        return bool(self._kept)

    def advance(self, messages: Sequence[bytes], now: float) -> None:
        """Take what goes out now (perhaps nothing); what is due is then what came of age.

        What came of age long before is not: it would be played no more.
        """
        before, self._at = max(self._at, now - _PATIENCE * self.tick), now
        self._due = tuple(
            tuple(
                message
                for at, sent in self._kept
                if before - late < at <= now - late
                for message in sent
            )
            for late in ((age - _EARLY) * self.tick for age in range(1, OLDEST + 1))
        )
        if messages:
            self._kept.append((now, messages))
        while self._kept and self._kept[0][0] <= now - OLDEST * self.tick:
            self._kept.popleft()

    def copies(self, age: int) -> tuple[bytes, ...]:
        """Return the messages to send again now to who gets copies that are ``age`` ticks late."""
        return self._due[age - 1] if age else ()
