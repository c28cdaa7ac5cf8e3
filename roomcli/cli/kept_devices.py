"""Keeps the microphone and speakers that are chosen in a room: for the next rooms and starts."""

from __future__ import annotations

from ..errors import RoomcliError
from ..frontends.model.own_devices import with_device
from ..protocol.local import DeviceChosen, DeviceKind, Enter
from . import settings, settings_file

_KEYS: dict[DeviceKind, str] = {"microphone": "mic", "speaker": "speaker"}


class KeptDevices:
    """What was chosen since the start, and keeps it in the settings that are in force then."""

    def __init__(self, current: settings.Settings) -> None:
        self._current = current
        self._chosen: dict[DeviceKind, DeviceChosen] = {}

    def keep(self, chosen: DeviceChosen) -> str:
        """Keep a choice; return what there is to say of it, if anything."""
        self._chosen[chosen.kind] = chosen
        key = _KEYS[chosen.kind]
        try:
            settings_file.save({key: chosen.device})
        except (RoomcliError, OSError) as error:
            return f"This {chosen.kind} is for now only: {error}"
        if self._current.sources.get(key) == "environment":
            return f"{settings.variable(key)} goes before the {chosen.kind} that you choose here"
        return ""

    def applied(self, command: Enter) -> Enter:
        """Return how to enter the next room, with what was chosen."""
        for chosen in self._chosen.values():
            command = with_device(command, chosen)
        return command
