"""Reactions in lines: added up, so that a thousand of them are one line now and then. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

EVERY = 10.0
"""Seconds between two lines."""
KINDS = 8
"""Different reactions that a line tells at most."""
TIMES = "\N{MULTIPLICATION SIGN}"


@dataclass
class Applause:
    """What was shown since the last line."""

    _counts: Counter[str] = field(default_factory=Counter)
    _told_at: float = float("-inf")

    def add(self, reactions: Mapping[str, int]) -> None:
        """So many more of each."""
        self._counts.update(reactions)

    def line(self, now: float) -> str | None:
        """All of it in a line, if there is any and the last one was long ago."""
        if not self._counts or now - self._told_at < EVERY:
            return None
        most = self._counts.most_common(KINDS)
        told = ", ".join(f"{count} {TIMES} {reaction}" for reaction, count in most)
        self._counts.clear()
        self._told_at = now
        return told
