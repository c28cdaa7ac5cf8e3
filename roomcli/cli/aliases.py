"""Short names that the person gives to the lines of rooms: ``roomcli join club``.

A file in the data folder has them, ``NAME URL`` a line. Unlike the rooms of lately a line has its
invite, so that only the owner can read the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from ..errors import RoomcliError, UsageError
from ..folders import data_folder
from ..protocol.address import Address, checked_room, parse_address
from .line_file import LineFile

MOST = 200


def all_aliases() -> dict[str, Address]:
    """Return what each name stands for, by name. Raises ConfigError."""
    found: dict[str, Address] = {}
    for line in _file().lines():
        name, _, url = line.partition(" ")
        with suppress(RoomcliError):
            address = parse_address(url)
            if address.room:
                found[checked_room(name)] = address
    return dict(sorted(found.items())[:MOST])


def give(name: str, address: Address) -> None:
    """Let a name stand for the address of a room. Raises UsageError, ConfigError."""
    known = all_aliases()
    if name not in known and len(known) >= MOST:
        raise UsageError(f"{MOST} aliases are the most: remove one")
    _write_aliases({**known, name: address})


def remove_alias(name: str) -> None:
    """Let a name stand for nothing. Raises UsageError if it does, ConfigError."""
    known = all_aliases()
    if known.pop(name, None) is None:
        raise unknown_alias(name)
    _write_aliases(known)


def unknown_alias(name: str) -> UsageError:
    """Return the error for a name that stands for nothing."""
    return UsageError(f"{name} is no alias: `roomcli alias` lists yours")


def _write_aliases(known: Mapping[str, Address]) -> None:
    _file().write_lines(f"{name} {address}" for name, address in known.items())


def _file() -> LineFile:
    return LineFile(data_folder() / "aliases", "your aliases")
