"""The rooms that the person was in lately: ``join`` without a room offers them.

A file in the state folder has their addresses; nothing in it lets anybody in.
"""

from __future__ import annotations

from contextlib import suppress

from ..errors import ConfigError
from ..folders import state_folder
from ..protocol.address import Address, is_loopback, parse_address
from . import notes
from .address_file import AddressFile
from .home_servers import ListedServers

MOST = 20


def latest() -> list[Address]:
    """Return their addresses, the latest first. Raises ConfigError."""
    return [each for each in _file().addresses() if each.room]


def note_entry(url: str) -> None:
    """Note that a room was entered, and have home show its server from now on.

    A server that runs here for a while is left out: it is gone the next time.
    """
    address = parse_address(url)
    if is_loopback(address.host):
        here = {parse_address(note.url).server for note in notes.living()}
        if address.server in here:
            return
    with suppress(ConfigError):  # the stay is good all the same
        _file().put_first(address)
        ListedServers().add(str(address))


def _file() -> AddressFile:
    return AddressFile(state_folder() / "recent_rooms", "the rooms of lately", MOST)
