"""Which chime is heard when, in a room: by what happens to the person, and to their microphone."""

from __future__ import annotations

from collections.abc import Callable

from ..audio.chimes import Chime
from ..protocol import events as e
from ..protocol.local import Microphone
from ..protocol.view import RoomView

REST = 1.0
"""Seconds between two chimes that others can cause."""


class Chiming:
    """Plays chimes with ``play`` while they are on."""

    def __init__(self, play: Callable[[Chime], None], *, on: bool) -> None:
        self.on = on
        self._play = play
        self._played_at = float("-inf")

    def follow_room(self, event: e.ServerMessage, before: RoomView | None, now: float) -> None:
        """Tell of an event of the room; ``before`` is the room before it, ``now`` in seconds.

        Who raises hand after hand is heard once a second at most.
        """
        match event:
            case e.Joined(resumed=False):
                self._ring("joined")
            case e.HandRaised(id=id) if before is not None and before.is_moderator:
                is_new = before.place_in_queue(id) is None
                if is_new and id != before.you and now - self._played_at >= REST:
                    self._played_at = now
                    self._ring("hand")

    def follow_microphone(self, event: Microphone) -> None:
        """Tell that the microphone is open, or no longer."""
        self._ring("on_air" if event.open else "muted")

    def _ring(self, chime: Chime) -> None:
        if self.on:
            self._play(chime)
