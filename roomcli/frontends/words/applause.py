"""Reactions as lines of text: added up, so that a thousand of them make one line. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

EVERY = 10.0
"""Least number of seconds between two lines."""
KINDS = 8
"""Most different reactions in one line."""
TIMES = "\N{MULTIPLICATION SIGN}"


@dataclass
class Applause:
    """Counts the reactions that were shown since the last line."""

    _counts: Counter[str] = field(default_factory=Counter)
    _told_at: float = float("-inf")

    def add(self, reactions: Mapping[str, int]) -> None:
        """Add the number of times that each reaction was shown."""
        self._counts.update(reactions)

    def line(self, now: float) -> str | None:
        """Return a line with all counted reactions; None if there are none or it is too early."""
        if not self._counts or now - self._told_at < EVERY:
            return None
        most = self._counts.most_common(KINDS)
        told = ", ".join(f"{count} {TIMES} {reaction}" for reaction, count in most)
        self._counts.clear()
        self._told_at = now
        return told
