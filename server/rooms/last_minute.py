"""The last minute of a room's voice: in memory only, and gone with the room.

A report takes this minute along. Nothing of it is ever written unless somebody reports.
"""

from __future__ import annotations

from collections import deque

LAST_SECONDS = 60.0
"""Seconds that a frame is kept."""
MAX_BYTES = 4 * 1024 * 1024
"""The most bytes of frames; four voices at Opus's highest rate would take more."""

Heard = tuple[float, str, bytes]
"""When a frame was forwarded, whose voice it is, and the bundle's entry as it was encoded."""


class LastMinute:
    """The frames that were forwarded in the last minute, with their speakers."""

    def __init__(self) -> None:
        self._frames: deque[Heard] = deque()
        self._bytes = 0

    def add(self, at: float, speaker: str, entry: bytes) -> None:
        """Add a frame that was forwarded at ``at``; times never go back."""
        self._frames.append((at, speaker, entry))
        self._bytes += len(entry)
        frames = self._frames
        while frames[0][0] < at - LAST_SECONDS or self._bytes > MAX_BYTES:
            self._bytes -= len(frames.popleft()[2])

    @property
    def is_empty(self) -> bool:
        """Whether nothing is kept."""
        return not self._frames

    def since(self, at: float) -> list[Heard]:
        """Return the frames that were forwarded at ``at`` or later, the earliest first."""
        return [frame for frame in self._frames if frame[0] >= at]

    def drop_before(self, before: float) -> None:
        """Drop the frames from before that time: in a silent room nothing else drops them."""
        while self._frames and self._frames[0][0] < before:
            self._bytes -= len(self._frames.popleft()[2])
