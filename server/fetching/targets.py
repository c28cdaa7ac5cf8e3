"""From where the server fetches: HTTPS at a name, and the exceptions that the admin makes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

HTTPS_PORT = 443
MAX_HOST = 253
MAX_URL = 2048
_LABEL = r"(?!-)[a-z0-9-]{1,63}(?<!-)"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_HARMLESS = re.compile(r"[!-~]+")


class BadTarget(ValueError):
    """The server would not fetch from there; the text says why."""


@dataclass(frozen=True)
class Target:
    """What to ask a host for: ``path`` has the query too. The host is a name in lower case."""

    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """The host, with its port if it is not that of HTTPS."""
        return self.host if self.port == HTTPS_PORT else f"{self.host}:{self.port}"


@dataclass(frozen=True)
class AllowedHost:
    """A host and port of the admin's own, where no address is refused.

    ``ca_file`` has the authorities that sign for it; None is the system's.
    """

    host: str
    port: int
    ca_file: Path | None = None


class AllowedHosts:
    """All exceptions that the admin makes."""

    def __init__(self, allowed: Iterable[AllowedHost] = ()) -> None:
        self._allowed = {(each.host, each.port): each for each in allowed}

    def __iter__(self) -> Iterator[AllowedHost]:
        return iter(self._allowed.values())

    def exception_for(self, host: str, port: int) -> AllowedHost | None:
        """Return the exception for exactly this host and port, or None."""
        return self._allowed.get((host, port))

    def read_authority(self, text: str) -> tuple[str, int]:
        """Read ``HOST`` or, for an exception, ``HOST:PORT``. Raises BadTarget."""
        host, _, port_text = text.lower().partition(":")
        port = int(port_text) if re.fullmatch("[1-9][0-9]{0,4}", port_text) else 0
        if text.count(":") and not 0 < port < 65536:
            raise BadTarget("a host is a name, like git.example.org")
        port = port or HTTPS_PORT
        if self.exception_for(host, port) is None:
            check_host(host)
            if port != HTTPS_PORT:
                raise BadTarget(f"only port {HTTPS_PORT} is asked, unless the admin allows another")
        return host, port

    def read_url(self, url: str) -> Target:
        """Read the address of a document. Raises BadTarget."""
        if len(url) > MAX_URL or _HARMLESS.fullmatch(url) is None or "\\" in url:
            raise BadTarget("this is no address of a document")
        try:
            parts = urlsplit(url)
        except ValueError:
            raise BadTarget("this is no address of a document") from None
        if parts.scheme != "https":
            raise BadTarget("an address has to begin with https://")
        if "@" in parts.netloc or parts.fragment or url.endswith("#"):
            raise BadTarget("an address holds no user, and no part after a #")
        host, port = self.read_authority(parts.netloc)
        query = f"?{parts.query}" if parts.query else ""
        return Target(host, port, (parts.path or "/") + query)


def check_host(host: str) -> None:
    """Raise BadTarget unless ``host`` is a whole domain name in lower case, and no IP address."""
    if not host.isascii():
        raise BadTarget("a domain is written in ASCII here (xn--…)")
    if len(host) > MAX_HOST or _HOST.fullmatch(host) is None:
        raise BadTarget("a host is a name, like git.example.org")
    if _NUMBER.fullmatch(host.rpartition(".")[2]):
        raise BadTarget("a host is a name, not an address of numbers")
