"""Where Valkey or Redis is, with its password. Pure.

A password never stands in a command line, which everybody on a machine can read, and never in a
text about the address.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from urllib.parse import SplitResult, unquote, urlsplit

from roomcli.errors import ConfigError

PORT = 6379
SENTINEL_PORT = 26379
SCHEMES = ("redis", "rediss", "unix")
_EXAMPLE = (
    "redis://HOST:6379, rediss://HOST:6379 (TLS), unix:///PATH or"
    " redis+sentinel://HOST:26379,HOST:26379/NAME"
)


@dataclass(frozen=True)
class ValkeyAddress:
    """One server: a path of a Unix socket, or a host and a port.

    Where ``watched`` is not empty a sentinel is there, which knows by this name which server takes
    writes.
    """

    host: str
    port: int = PORT
    path: str = ""
    tls: bool = False
    user: str = "default"
    password: str | None = field(default=None, repr=False)
    watched: str = ""

    def __str__(self) -> str:
        """The address as it may be shown."""
        if self.path:
            return f"unix://{self.path}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        scheme = "rediss" if self.tls else "redis"
        if self.watched:
            return f"{scheme}+sentinel://{host}:{self.port}/{self.watched}"
        return f"{scheme}://{host}:{self.port}"


def read_addresses(text: str, *, is_private: bool) -> tuple[ValkeyAddress, ...]:
    """Return the servers of a URL; several hosts, with commas between, are a server and its copies.

    Those of ``redis+sentinel://HOST,HOST/NAME`` are sentinels. ``is_private`` says that the URL
    comes from a file or the environment, and so may have a password. Raises ConfigError, whose text
    has nothing of the password.
    """
    scheme, separator, rest = text.strip().partition("://")
    base, plus, kind = scheme.partition("+")
    if not separator or base not in SCHEMES or (plus and (kind != "sentinel" or base == "unix")):
        raise ConfigError(f"the cluster's address is none: it is {_EXAMPLE}")
    credentials, at, places = rest.rpartition("@")
    if at and not is_private:
        raise ConfigError(
            "the cluster's address has a password: everybody on this machine can read a command "
            "line; put the address into ROOMCLI_CLUSTER, or into a file"
        )
    usual, watched = PORT, ""
    if kind:
        places, _, name = places.partition("/")
        usual, watched = SENTINEL_PORT, unquote(name)
        if not watched or "/" in name:
            raise ConfigError(
                f"the cluster's address lacks the name that sentinels know: it is {_EXAMPLE}"
            )
    urls = [f"{base}://{credentials}{at}{each}" for each in places.split(",")]
    return tuple(replace(_read_one(url, usual), watched=watched) for url in urls)


def _read_one(url: str, usual: int) -> ValkeyAddress:
    try:
        parts = urlsplit(url)
        port = usual if parts.port is None else parts.port
    except ValueError:
        raise ConfigError(f"the cluster's address is none: it is {_EXAMPLE}") from None
    user, password = _credentials(parts)
    if parts.query or parts.fragment or (parts.path not in ("", "/") and parts.scheme != "unix"):
        raise ConfigError(f"the cluster's address has more than an address: it is {_EXAMPLE}")
    if parts.scheme == "unix":
        if not parts.path.strip("/") or parts.hostname:
            raise ConfigError(f"the cluster's address has no path: it is {_EXAMPLE}")
        return ValkeyAddress("", path=unquote(parts.path), user=user, password=password)
    if not parts.hostname or not port:
        raise ConfigError(f"the cluster's address has no host: it is {_EXAMPLE}")
    tls = parts.scheme == "rediss"
    return ValkeyAddress(parts.hostname, port, tls=tls, user=user, password=password)


def _credentials(parts: SplitResult) -> tuple[str, str | None]:
    user = unquote(parts.username or "") or "default"
    return user, None if parts.password is None else unquote(parts.password)
