"""One stay's side of how the user hears single people: what is set, what sounds, what is told."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from msgspec.structs import replace

from ..audio.rendering import SILENT, Rendering
from ..errors import ConfigError
from ..protocol.adjustment import (
    AS_SENT,
    AdjustingCommand,
    Adjustment,
    MuteForMe,
    SetVolume,
    SuppressNoise,
    UnmuteForMe,
    VoicesAdjusted,
)
from ..protocol.local import Problem
from ..protocol.view import RoomView
from .adjustments import Adjustments


def adjusted(before: Adjustment, command: AdjustingCommand) -> Adjustment:
    """Return how a person is heard after a command."""
    match command:
        case SetVolume(percent=percent):
            return replace(before, volume=percent)
        case MuteForMe():
            return replace(before, muted=True)
        case UnmuteForMe():
            return replace(before, muted=False)
        case SuppressNoise(on=on):
            return replace(before, noise_suppressed=on)


class Adjusting:
    """Carries out the user's commands about how they hear people, and follows who is there.

    ``tell`` says to the frontend what could not be remembered.
    """

    def __init__(self, adjustments: Adjustments, tell: Callable[[Problem], None]) -> None:
        self._adjustments = adjustments
        self._tell = tell
        self._changed: set[str] = set()
        self._told: dict[str, Adjustment] | None = {}
        self._trouble = ""

    def recall_voices(self) -> None:
        """Recall how people are heard, as a room is entered; all is told anew."""
        self._told = {} if not self._told else None
        self._attempt(self._adjustments.recall)

    def obey(self, command: AdjustingCommand) -> None:
        """Carry out a command: it holds from now on, also if it cannot be remembered."""
        key = command.key
        self._changed.add(key)
        heard = adjusted(self._adjustments.of_key(key), command)
        self._attempt(partial(self._adjustments.remember_voice, key, heard, time.time()))

    def renderings(self, view: RoomView, unheard: frozenset[str]) -> dict[str, Rendering]:
        """Return how to render the seats on stage that do not sound as sent.

        ``unheard`` seats are those of people whom the user blocks.
        """
        found = dict.fromkeys(unheard, SILENT)
        if not self._adjustments.is_empty:
            for seat, speaker in view.stage.items():
                heard = self._adjustments.of_key(view.shown(speaker).key)
                if heard != AS_SENT and seat not in unheard:
                    gain = 0.0 if heard.muted else heard.volume / 100
                    found[seat] = Rendering(gain, heard.noise_suppressed)
        return found

    def adjusted_voices(self, view: RoomView | None) -> VoicesAdjusted:
        """Return how the user hears those in view whom they do not hear as sent.

        Whom a command was about during this stay is named in any case, be they in view or not.
        """
        keys = set(self._changed)
        if view is not None and not self._adjustments.is_empty:
            keys |= {each.key for id, each in view.people.items() if id != view.me}
        heard = {key: self._adjustments.of_key(key) for key in sorted(keys)}
        voices = {
            key: each for key, each in heard.items() if each != AS_SENT or key in self._changed
        }
        return VoicesAdjusted(voices=voices)

    def news(self, view: RoomView) -> VoicesAdjusted | None:
        """Return what has changed of that since it was told; None if nothing has."""
        now = self.adjusted_voices(view)
        if now.voices == self._told:
            return None
        self._told = now.voices
        self._attempt(partial(self._adjustments.meet, now.voices, time.time()))
        return now

    def _attempt(self, use_file: Callable[[], None]) -> None:
        try:
            use_file()
        except ConfigError as error:
            if self._trouble != str(error):  # not with each step of a volume
                self._trouble = str(error)
                self._tell(Problem(code="not_remembered", text=self._trouble))
