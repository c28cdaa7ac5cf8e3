"""The servers that home shows: those whose rooms one has entered, or that one has added.

A file in the data folder has their URLs, one a line, the latest first. By which certificate each is
known is written down elsewhere (``engine/known_servers.py``) and stays when one is forgotten.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from ..errors import ConfigError
from ..folders import data_folder
from ..frontends.model.open_rooms import HomeServer
from ..protocol.address import Address, parse_address, parse_server
from ..protocol.local import MAX_SERVERS
from . import notes, whereabouts
from .address_file import AddressFile


class ListedServers:
    """The servers in the file in the user's data folder."""

    @property
    def _file(self) -> AddressFile:
        path = data_folder() / "home_servers"
        return AddressFile(path, "the servers that home shows", MAX_SERVERS)

    @property
    def path(self) -> Path:
        """Where they are written down. Raises ConfigError."""
        return self._file.path

    def addresses(self) -> list[Address]:
        """Return them, the latest first; a line that is no address is none. Raises ConfigError."""
        found = (replace(each, room="") for each in self._file.addresses())
        return list(dict.fromkeys(found))

    def add(self, url: str) -> HomeServer:
        """Put one first, as people write it. Raises UsageError, ConfigError."""
        address = parse_server(url)
        self._file.put_first(replace(address, room=""))
        return as_home_server(address)

    def forget(self, server: HomeServer) -> None:
        """Take one out. Raises ConfigError."""
        self._file.take_out(replace(parse_server(server.url), room=""))


def as_home_server(server: Address) -> HomeServer:
    """Return a server as home shows it."""
    server = replace(server, room="", invite=None)
    url = str(server)
    return HomeServer(server.server, url, lambda room: str(whereabouts.on_server(url, room)))


def to_show(first: Address | None) -> tuple[HomeServer, ...]:
    """Return the servers that home shows: ``first``, those in the file, those on this machine."""
    found = [first] if first is not None else []
    with suppress(ConfigError):  # home is there without them
        found += ListedServers().addresses()
    found += [parse_address(note.url) for note in notes.living()]
    servers: dict[str, HomeServer] = {}
    for address in found:
        servers.setdefault(address.server, as_home_server(address))
    return tuple(servers.values())[:MAX_SERVERS]
