"""Watches an open microphone: does it give no sound at all, or no voice for a long time?

Pure; time is an argument, in seconds. Levels are in dBov.
"""

from __future__ import annotations

from typing import Literal

from ..audio.levels import DEAD_LEVEL

DEAD_AFTER = 3.0
"""Seconds at that level after opening until the person is told."""

Finding = Literal["dead", "quiet"]


class TalkWatch:
    """Follows one microphone.

    ``auto_mute`` is the number of seconds without a voice after which it should be closed, 0 for
    never. ``may_be_dead`` is False for a microphone that is not a sound card.
    """

    def __init__(self, auto_mute: float, *, may_be_dead: bool) -> None:
        self._auto_mute = auto_mute
        self._may_be_dead = may_be_dead
        self._rests = True
        self._opened_at = 0.0
        self._spoke_at = 0.0
        self._waits = False

    def follow_choice(self, *, may_be_dead: bool) -> None:
        """Note that another microphone is used."""
        self._may_be_dead = may_be_dead
        self.rest()

    def rest(self) -> None:
        """Forget what was heard: the microphone was closed, or has just been opened."""
        self._rests = True

    def watch(self, level: int, speaks: bool, now: float) -> Finding | None:
        """Return what is wrong with an open microphone of this ``level``, or None.

        ``speaks`` says whether somebody speaks into it.
        """
        if self._rests:
            self._rests = False
            self._opened_at = self._spoke_at = now
            self._waits = self._may_be_dead
        if speaks:
            self._spoke_at = now
        if level > DEAD_LEVEL:
            self._waits = False
        if self._waits and now - self._opened_at >= DEAD_AFTER:
            self._waits = False
            return "dead"
        if self._auto_mute and now - self._spoke_at >= self._auto_mute:
            return "quiet"
        return None


def advice(way_out: str, *, macos: bool, over_ssh: bool) -> str:
    """Return one line on what to do about a microphone that gives no sound.

    ``way_out`` says how to use another one.
    """
    what = "nothing is coming from your microphone"
    if macos:
        return (
            f"{what}: allow it for your terminal in System Settings, Privacy & Security, Microphone"
        )
    if over_ssh:
        return f"{what}: it is that of the machine you are logged in to, not the one before you"
    return f"{what}: is it switched off or muted? {way_out}"
