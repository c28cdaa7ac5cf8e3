"""Addresses in a file of the person's, one a line, the latest first; without what is secret."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from ..errors import RoomcliError
from ..protocol.address import Address, parse_address
from .line_file import LineFile


class AddressFile:
    """The addresses in the file at ``path``, ``most`` of them; ``what`` says what they are."""

    def __init__(self, path: Path, what: str, most: int) -> None:
        self.path = path
        self._file = LineFile(path, what)
        self._most = most

    def addresses(self) -> list[Address]:
        """Return them, the latest first; a line that is no address is none. Raises ConfigError."""
        found: dict[str, Address] = {}
        for line in self._file.lines():
            with suppress(RoomcliError):
                address = without_secrets(parse_address(line))
                found.setdefault(str(address), address)
        return list(found.values())[: self._most]

    def put_first(self, address: Address) -> None:
        """Put one first, without what is secret in it. Raises ConfigError."""
        address = without_secrets(address)
        self._write_addresses([address, *self._others(address)])

    def take_out(self, address: Address) -> None:
        """Have one no longer. Raises ConfigError."""
        self._write_addresses(self._others(without_secrets(address)))

    def _others(self, address: Address) -> list[Address]:
        return [each for each in self.addresses() if each != address]

    def _write_addresses(self, addresses: list[Address]) -> None:
        self._file.write_lines(map(str, addresses[: self._most]))


def without_secrets(address: Address) -> Address:
    """Return an address without invite, host token and pin."""
    return replace(address, invite=None, host_token=None, pin=None)
