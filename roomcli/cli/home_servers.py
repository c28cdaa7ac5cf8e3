"""The servers that home shows: those whose rooms one has entered, or that one has added.

A file in the data folder has their URLs, one a line, the latest first. By which certificate each is
known is written down elsewhere (``engine/known_servers.py``) and stays when one is forgotten.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from ..errors import ConfigError, RoomcliError
from ..files import replace_private
from ..folders import data_folder
from ..frontends.model.open_rooms import HomeServer
from ..protocol.address import Address, is_loopback, parse_address, parse_server
from ..protocol.local import MAX_SERVERS
from . import notes, whereabouts

MAX_BYTES = 64 * 1024


class ListedServers:
    """The servers in the file at ``path``, by default in the user's data folder."""

    def __init__(self, path: Path | None = None) -> None:
        self._given = path

    @property
    def path(self) -> Path:
        """Where they are written down. Raises ConfigError."""
        return self._given or data_folder() / "home_servers"

    def addresses(self) -> list[Address]:
        """Return them, the latest first; a line that is no address is none. Raises ConfigError."""
        try:
            with self.path.open("rb") as file:
                lines = file.read(MAX_BYTES).decode("utf-8", "replace").splitlines()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise self._of_no_use(error) from None
        found: dict[str, Address] = {}
        for line in lines:
            with suppress(RoomcliError):
                address = _without_secrets(parse_address(line))
                found.setdefault(address.server, address)
        return list(found.values())[:MAX_SERVERS]

    def add(self, url: str) -> HomeServer:
        """Put one first, as people write it. Raises UsageError, ConfigError."""
        address = _without_secrets(parse_server(url))
        self._write_list([address, *self._others(address)])
        return as_home_server(parse_server(url))

    def forget(self, server: HomeServer) -> None:
        """Take one out. Raises ConfigError."""
        self._write_list(self._others(parse_server(server.url)))

    def _others(self, address: Address) -> list[Address]:
        return [each for each in self.addresses() if each.server != address.server]

    def _write_list(self, addresses: list[Address]) -> None:
        told = "".join(f"{each}{os.linesep}" for each in addresses[:MAX_SERVERS])
        try:
            replace_private(self.path, told.encode())
        except OSError as error:
            raise self._of_no_use(error) from None

    def _of_no_use(self, error: OSError) -> ConfigError:
        return ConfigError(
            f"the servers that home shows, in {self.path}, cannot be read and written: "
            f"{error.strerror}; mend the file, or remove it"
        )


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


def keep_entered(address: Address) -> None:
    """Keep the server of a room that was entered, but for one that runs here for a while."""
    if is_loopback(address.host):
        here = {parse_address(note.url).server for note in notes.living()}
        if address.server in here:
            return
    with suppress(ConfigError):  # the stay was good all the same
        ListedServers().add(str(address))


def _without_secrets(address: Address) -> Address:
    return replace(address, room="", invite=None, host_token=None, pin=None)
