"""Servers that one has been to: by which certificate they are known, or that TLS proves them.

A file of lines, ``HOST:PORT CERTIFICATE SECONDS``, of which the last one about a server counts. The
certificate is the SHA-256 of a self-signed one, or ``proven`` where an authority vouches for it.
"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from ..errors import ConfigError
from ..folders import data_folder
from ..protocol.address import Address

PROVEN = "proven"
MAX_BYTES = 4 * 1024 * 1024
_LINE = re.compile(r"(\S{1,300}) ([0-9a-f]{64}|proven) (\d{1,15})")


class KnownServer(NamedTuple):
    """How a server is known since when, in seconds since 1970."""

    certificate: str
    since: float


class KnownServers:
    """The servers in the file at ``path``, by default in the user's data folder."""

    def __init__(self, path: Path | None = None) -> None:
        self._given = path

    @property
    def path(self) -> Path:
        """Where they are written down. Raises ConfigError."""
        return self._given or data_folder() / "known_servers"

    def recall(self, authority: str) -> KnownServer | None:
        """Return how a server is known, or None. Raises ConfigError for a file of no use."""
        found = None
        for line in self._content().splitlines():
            match = _LINE.fullmatch(line)
            if match is not None and match[1] == authority.lower():
                found = KnownServer(match[2], float(match[3]))
        return found

    def remember(self, authority: str, certificate: str, now: float) -> None:
        """Know a server by this certificate from now on, if it is not so known. Raises ConfigError.

        A line is written in one piece, so that two processes at once lose none.
        """
        known = self.recall(authority)
        if known is not None and known.certificate == certificate:
            return
        line = f"{authority.lower()} {certificate} {now:.0f}\n".encode()
        try:
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
            descriptor = os.open(self.path, flags, 0o600)
            try:
                os.write(descriptor, line)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise self._of_no_use(error) from None

    def _content(self) -> str:
        try:
            with self.path.open("rb") as file:
                return file.read(MAX_BYTES).decode("ascii", "replace")
        except FileNotFoundError:
            return ""
        except OSError as error:
            raise self._of_no_use(error) from None

    def _of_no_use(self, error: OSError) -> ConfigError:
        return ConfigError(
            f"the servers that you know, in {self.path}, cannot be read and written: "
            f"{error.strerror}; mend the file, or remove it"
        )


def changed_words(address: Address, known: KnownServers, shown: str) -> str:
    """Return what to tell a person of a server that shows another certificate than before."""
    before = known.recall(address.authority)
    was_proven = before is not None and before.certificate == PROVEN
    what = "is proven by no authority any more" if was_proven else "shows a new certificate"
    fresh = replace(address, room="", invite=None, host_token=None, pin=shown)
    return (
        f"{address.authority} {what}, or somebody is in between: ask its host whether this is its "
        f"address, and use it once if so: {fresh}"
    )
