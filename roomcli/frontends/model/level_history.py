"""How loud each speaker was in the last seconds, for a wave on their card. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

SPAN = 10.0
"""Seconds that are remembered."""
STEPS = 40
"""Number of levels in that time; each is the loudest of a quarter of a second."""


class LevelHistory:
    """The levels of the last seconds by speaker, in dBov; ``now`` is always monotonic."""

    def __init__(self) -> None:
        self._levels: dict[str, deque[tuple[int, int]]] = {}

    def note_levels(self, levels: Mapping[str, int], now: float) -> None:
        """Remember levels that were told just now; whoever is not among them was silent."""
        step = _step(now)
        for id, level in levels.items():
            known = self._levels.setdefault(id, deque(maxlen=STEPS))
            if known and known[-1][0] == step:
                level = max(level, known.pop()[1])
            known.append((step, level))
        for id in [id for id, known in self._levels.items() if known[-1][0] <= step - STEPS]:
            del self._levels[id]

    def recent(self, id: str, now: float, silence: int) -> tuple[int, ...]:
        """Return the levels of a speaker, the newest last, with ``silence`` where none was told."""
        newest = _step(now)
        levels = [silence] * STEPS
        for step, level in self._levels.get(id, ()):
            if newest - STEPS < step <= newest:
                levels[step - newest - 1] = level
        return tuple(levels)


def _step(now: float) -> int:
    return int(now * STEPS / SPAN)
