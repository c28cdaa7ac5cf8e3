"""Reactions that rise beside the stage and fade, at little cost however many there are.

The room tells only the number of each reaction; a few stand for all.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from itertools import count
from typing import NamedTuple

from textual.content import Content
from textual.timer import Timer

from .face import Face, emoji_face, lines, styled

RISE = 3.0
"""Seconds that a reaction takes from the bottom to the top."""
FRAME = 0.2
MOST = 10
"""Most reactions at once; a thousand look no different from ten."""
GAP = 0.25
"""Seconds between two reactions, so that they do not rise in a row."""


class Drop(NamedTuple):
    """A rising reaction: when it started (monotonic), its emoji, and how far from the left."""

    started: float
    emoji: str
    sway: int


class River(Face):
    """A narrow column that repaints itself alone, and only while something rises."""

    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__(id="river")
        self._counted: dict[str, int] = {}
        self._drops: list[Drop] = []
        self._sway = count()
        self._timer: Timer | None = None

    def on_mount(self) -> None:
        """Create the timer, paused: nothing rises yet."""
        self._timer = self.set_interval(FRAME, self._rise, pause=True)

    def sync(self, floating: Mapping[str, int], now: float) -> None:
        """Start a reaction for each one that is new since the last call."""
        started = max([now, *(drop.started + GAP for drop in self._drops)])
        new = {emoji: number - self._counted.get(emoji, 0) for emoji, number in floating.items()}
        for emoji in _by_turns(new)[: MOST - len(self._drops)]:
            self._drops.append(Drop(started, emoji, next(self._sway)))
            started += GAP
        self._counted = dict(floating)
        if self._drops and self._timer is not None:
            self._timer.resume()
            self._rise()

    def _rise(self) -> None:
        now, height = time.monotonic(), max(1, self.height)
        self._drops = [drop for drop in self._drops if now - drop.started < RISE]
        self.show(
            tuple(
                (height - 1 - int((now - drop.started) / RISE * height), drop)
                for drop in self._drops
                if drop.started <= now
            )
        )
        if not self._drops and self._timer is not None:
            self._timer.pause()

    def render(self) -> Content:
        """Return a line for every row; most are empty."""
        rows = [Content()] * max(1, self.height)
        ways = max(1, self.width - 1)
        for row, drop in self.facts if isinstance(self.facts, tuple) else ():
            if 0 <= row < len(rows):
                faint = row < len(rows) // 4
                place = (drop.sway * 2 + row // 2 % 2) % ways
                face = styled(emoji_face(drop.emoji), "$warning 50%" if faint else "$warning")
                rows[row] = Content(" " * place) + face
        return lines(*rows)


def _by_turns(counts: Mapping[str, int]) -> list[str]:
    """Return one of each emoji, then one more of each that has more, enough for a river."""
    return [emoji for turn in range(MOST) for emoji, count in counts.items() if count > turn]
