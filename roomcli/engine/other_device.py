"""How a person comes to another microphone or to other speakers, as the end of a line.

What is wrong with a device is the same everywhere; what to do about it is not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ..protocol.local import DeviceKind

WaysOut = Mapping[DeviceKind, str]

IN_ROOM: Final[WaysOut] = {
    "microphone": "/devices chooses another one",
    "speaker": "/devices chooses other ones",
}
BY_OPTION: Final[WaysOut] = {
    "microphone": "--mic names another one, or none; `roomcli devices` lists them",
    "speaker": "--speaker names other ones, or none; `roomcli devices` lists them",
}
