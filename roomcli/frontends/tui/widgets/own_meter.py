"""How loud one's own microphone is, as the pages of devices and of sound show it."""

from __future__ import annotations

from textual.content import Content

from ....protocol.audio import SILENCE
from ...words.measures import stepped
from .face import Face, meter

METER = 40
LEVEL_SECONDS = 0.1


class OwnMeter(Face):
    """How loud one's own microphone is now."""

    def show_level(self, level: int) -> None:
        """Show a level in dBov."""
        self.show(stepped(level, 2))

    def render(self) -> Content:
        """Return the level of the microphone."""
        level = self.facts if isinstance(self.facts, int) else SILENCE
        return meter(level, min(METER, self.width), "$success")
