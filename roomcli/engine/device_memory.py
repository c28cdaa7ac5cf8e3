"""Remembers from start to start how much sound each pair of speakers has to hold.

A sound server that stumbles with small buffers would stumble anew at each start. Without a usable
file nothing is remembered.
"""

from __future__ import annotations

import contextlib
import logging
from pathlib import Path

import msgspec

from ..audio.devices import buffer_sizes, recall_buffer_sizes
from ..errors import RoomcliError
from ..files import replace_private
from ..folders import data_folder

log = logging.getLogger(__name__)

MOST_DEVICES = 100
"""Devices that are remembered: those that grew last."""


class DeviceMemory(msgspec.Struct):
    """What the file has: how often the buffers of speakers have grown, by the server's names."""

    grown: dict[str, int] = {}


def memory_file() -> Path:
    """Return the path of the file. Raises ConfigError."""
    return data_folder() / "devices.json"


def recall() -> None:
    """Begin with the sizes that were remembered."""
    with contextlib.suppress(RoomcliError, OSError, msgspec.MsgspecError):
        memory = msgspec.json.decode(memory_file().read_bytes(), type=DeviceMemory)
        recall_buffer_sizes(memory.grown)


def keep() -> None:
    """Remember the sizes that have turned out to be needed."""
    grown = {id: times for id, times in buffer_sizes().items() if times > 0}
    memory = DeviceMemory(dict([*grown.items()][-MOST_DEVICES:]))
    try:
        path = memory_file()
        if memory.grown or path.exists():
            replace_private(path, msgspec.json.encode(memory))
    except (RoomcliError, OSError) as error:
        log.info("the sizes of sound buffers are not remembered: %s", error)
