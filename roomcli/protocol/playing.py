"""What a person plays to the room from their own machine: the commands for it, and how it goes.

The server knows nothing of it: what is played is part of the person's voice.
"""

from __future__ import annotations

from typing import Literal

from .commands.base import Command
from .events.base import Event


class PlaySound(Command, frozen=True, kw_only=True):
    """Play a sound file to the room beside one's voice, in place of the one before.

    Without a file, go on after ``pause``.
    """

    file: str = ""


class Pause(Command, frozen=True, kw_only=True):
    """Pause what is played; ``play_sound`` goes on."""


class Seek(Command, frozen=True, kw_only=True):
    """Go on at another place: ``to`` this second from the beginning, or ``by`` so many seconds."""

    to: float | None = None
    by: float = 0.0


class StopPlaying(Command, frozen=True, kw_only=True):
    """Play the file no longer."""


class Playing(Event, frozen=True, kw_only=True):
    """A change of what is played, and once a second to screens how far it is.

    ``waiting`` is while the microphone is shut; what comes through a pipe waits only for its first
    opening. ``position`` and ``duration`` are in seconds; ``duration`` is null for a pipe.
    """

    name: str
    state: Literal["waiting", "playing", "paused", "ended", "stopped"]
    position: float = 0.0
    duration: float | None = None


PlayCommand = PlaySound | Pause | Seek | StopPlaying
