"""How the user's voice is treated, from room to room and from start to start."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ...errors import RoomcliError
from ...protocol.sound import SoundChanged, SoundSettings

KeepSound = Callable[[Mapping[str, str | bool]], str]
"""Keeps settings of the sound, by name, for the next start; returns what to tell, if anything.
Raises RoomcliError, OSError."""


class SoundMemory:
    """Remembers how sound cards are treated; ``keep`` is told of each change."""

    def __init__(self, sound: SoundSettings | None = None, keep: KeepSound | None = None) -> None:
        self.sound = sound or SoundSettings()
        self._keep = keep

    def note(self, state: SoundChanged) -> str:
        """Take note of what the engine says; return what the user should know, mostly nothing.

        What is set for a file or tone is for the time that it plays.
        """
        if state.played or state.sound == self.sound:
            return ""
        before, self.sound = self.sound, state.sound
        changes = {
            name: value
            for name in SoundSettings.__struct_fields__
            if (value := getattr(state.sound, name)) != getattr(before, name)
        }
        try:
            return self._keep(changes) if self._keep is not None else ""
        except (RoomcliError, OSError) as error:
            return f"Your sound is so for now only: {error}"
