"""The last things that happened, newest at the bottom, with the time."""

from __future__ import annotations

import time
from collections import deque

from textual.content import Content

from ..happenings import Happening
from .face import QUIET, Face, heading, lines, styled

KEPT = 200


class HappeningLog(Face):
    """As many lines as there is room for; a line that repeats the last one is left out."""

    def __init__(self) -> None:
        super().__init__(id="log")
        self._lines: deque[tuple[str, Happening]] = deque(maxlen=KEPT)
        self._count = 0

    def add(self, happening: Happening, wall: float) -> None:
        """One more line."""
        stamp = time.strftime("%H:%M", time.localtime(wall))
        if self._lines and self._lines[-1] == (stamp, happening):
            return
        self._lines.append((stamp, happening))
        self._count += 1
        self.show(self._count)

    def render(self) -> Content:
        """Heading and the newest lines."""
        rows = max(0, self.height - 1)
        newest = list(self._lines)[-rows:] if rows else []
        shown = [heading("Happenings", "", self.width)]
        for stamp, happening in newest:
            style = {"loud": "bold", "plain": "", "quiet": QUIET}[happening.weight]
            line = Content.assemble((f"{stamp}  ", QUIET), styled(happening.text, style))
            shown.append(line.truncate(self.width, ellipsis=True))
        return lines(*shown)
