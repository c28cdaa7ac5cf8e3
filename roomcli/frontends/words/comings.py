"""Who came and who left as one line, so that a wave of them is said once. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

PAUSE = 2.0
"""Seconds that the first of them waits for others."""
NAMED = 5
"""Most names in a row; the others are counted."""


@dataclass
class Comings:
    """Collects who came and left since the last line."""

    _came: dict[str, None] = field(default_factory=dict)
    _left: dict[str, None] = field(default_factory=dict)
    _texts: list[str] = field(default_factory=list)
    _since: float = 0.0

    def add(self, name: str, text: str, now: float, *, came: bool) -> None:
        """Note that somebody came or left; ``text`` says so of them alone."""
        if not self._texts:
            self._since = now
        self._texts.append(text)
        (self._came if came else self._left)[name] = None

    def due_line(self, now: float) -> str | None:
        """Return the line if the first of them has waited long enough."""
        return self.sum_up() if self._texts and now - self._since >= PAUSE else None

    def sum_up(self) -> str | None:
        """Return what happened since the last line, and begin anew; None if nothing did.

        Who came and left within one line is said to have done both.
        """
        texts, came, left = self._texts, self._came, self._left
        self._texts, self._came, self._left = [], {}, {}
        if len(texts) <= 1:
            return texts[0] if texts else None
        both = [name for name in came if name in left]
        parts = [
            _clause([each for each in came if each not in left], "is here", "are here"),
            _clause([each for each in left if each not in came], "left", "left"),
            _clause(both, "came and left", "came and left"),
        ]
        return ". ".join(filter(None, parts))


def _clause(names: Sequence[str], one: str, many: str) -> str:
    if not names:
        return ""
    if len(names) == 1:
        return f"{names[0]} {one}"
    shown = [*names[:NAMED]]
    if len(names) > NAMED:
        shown = [*names[: NAMED - 1], f"{len(names) - NAMED + 1} others"]
    return f"{', '.join(shown[:-1])} and {shown[-1]} {many}"
