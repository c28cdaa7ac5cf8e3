"""What an open microphone gives: nothing at all, or for a long time nobody's voice.

Pure; time is an argument, in seconds. Levels are in -dBov, 127 is silence.
"""

from __future__ import annotations

from typing import Literal

DEAD_LEVEL = 90
"""Quieter is no room's noise, but a switched off or missing microphone: the least that 16 bits can
say is 90 dB below the most."""
DEAD_AFTER = 3.0
"""Seconds of that after opening until one is told."""

Finding = Literal["dead", "quiet"]


class TalkWatch:
    """Follows one microphone. ``auto_mute`` is after how many seconds without a voice it is to be
    closed, 0 for never; ``may_be_dead`` is False for what is no sound card."""

    def __init__(self, auto_mute: float, *, may_be_dead: bool) -> None:
        self._auto_mute = auto_mute
        self._may_be_dead = may_be_dead
        self._rests = True
        self._opened_at = 0.0
        self._spoke_at = 0.0
        self._waits = False

    def rest(self) -> None:
        """Closed, or just opened: what was heard before counts no longer."""
        self._rests = True

    def watch(self, level: int, speaks: bool, now: float) -> Finding | None:
        """What is to be said about the microphone: open, this loud, and if somebody speaks."""
        if self._rests:
            self._rests = False
            self._opened_at = self._spoke_at = now
            self._waits = self._may_be_dead
        if speaks:
            self._spoke_at = now
        if level < DEAD_LEVEL:
            self._waits = False
        if self._waits and now - self._opened_at >= DEAD_AFTER:
            self._waits = False
            return "dead"
        if self._auto_mute and now - self._spoke_at >= self._auto_mute:
            return "quiet"
        return None


def advice(*, macos: bool, over_ssh: bool) -> str:
    """What to do about a microphone that gives nothing, in one line."""
    what = "nothing is coming from your microphone"
    if macos:
        return (
            f"{what}: allow it for your terminal in System Settings, Privacy & Security, Microphone"
        )
    if over_ssh:
        return f"{what}: it is that of the machine you are logged in to, not the one before you"
    return f"{what}: is it switched off or muted? `roomcli devices` lists others, --mic picks one"
