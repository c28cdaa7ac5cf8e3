"""Addresses in a file of the person's, one a line, the latest first; without what is secret."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from ..errors import ConfigError, RoomcliError
from ..files import replace_private
from ..protocol.address import Address, parse_address

MAX_BYTES = 64 * 1024


class AddressFile:
    """The addresses in the file at ``path``, ``most`` of them; ``what`` says what they are."""

    def __init__(self, path: Path, what: str, most: int) -> None:
        self.path = path
        self._what = what
        self._most = most

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
        told = "".join(f"{each}{os.linesep}" for each in addresses[: self._most])
        try:
            replace_private(self.path, told.encode())
        except OSError as error:
            raise self._of_no_use(error) from None

    def _of_no_use(self, error: OSError) -> ConfigError:
        return ConfigError(
            f"{self._what}, in {self.path}, cannot be read and written: "
            f"{error.strerror}; mend the file, or remove it"
        )


def without_secrets(address: Address) -> Address:
    """Return an address without invite, host token and pin."""
    return replace(address, invite=None, host_token=None, pin=None)
