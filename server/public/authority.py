"""Whether the name by which a client reached this server is one of the server's own.

A signature is bound to a server by its certificate. Without TLS of our own only the name is left: a
server that accepts every name accepts a signature that was made for another server.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from roomcli.errors import UsageError
from roomcli.protocol.address import host_name, is_loopback, parse_authority


@dataclass(frozen=True)
class OwnNames:
    """The names of a server.

    ``given`` are those that its admin gave, each with the port that clients have to use, or None
    for any; ``listened_on`` is the host that the server was told to listen on, empty for all
    addresses.
    """

    given: tuple[tuple[str, int | None], ...] = ()
    listened_on: str = ""

    def include(self, authority: str, local_host: str, local_port: int) -> bool:
        """Whether ``authority`` (HOST or HOST:PORT, as a client dialled it) names this server.

        ``local_host`` and ``local_port`` are where the client's connection came in. Names and
        addresses of this machine are right with every port, for tunnels. Once names are given there
        is a proxy in front of us, and they are right with our own port only: behind the other ports
        of this machine there are other servers.
        """
        try:
            host, port = parse_authority(authority)
        except UsageError:
            return False
        if (host, port) in self.given or (host, None) in self.given:
            return True
        if self.given and port != local_port:
            return False
        return is_loopback(host) or host in (_without_zone(local_host), self.listened_on)

    def url(self, dialled: str, local: tuple[str, int], *, encrypted: bool) -> str:
        """Return the URL of the server for browsers, without a path.

        It has the first name that the admin gave, else the one that the client dialled, else the
        address where its connection came in (``local``). ``encrypted`` tells whether the server
        ends TLS itself; where a name was given and it does not, a proxy does.
        """
        if self.given:
            host, port = self.given[0]
            return _url(host, port or (local[1] if encrypted else None), tls=True)
        try:
            host, port = parse_authority(dialled)
        except UsageError:
            host, port = _without_zone(local[0]), local[1]
        return _url(host, port, tls=encrypted)


def own_names(listened_on: str, authorities: Iterable[str]) -> OwnNames:
    """Return the names of a server that listens on this host and has these ``--authority`` options.

    Raises UsageError.
    """
    return OwnNames(
        tuple(map(_given, authorities)), _without_zone(listened_on) if listened_on else ""
    )


def _without_zone(host: str) -> str:
    return host_name(host).partition("%")[0]


def _url(host: str, port: int | None, *, tls: bool) -> str:
    where = f"[{host}]" if ":" in host else host
    has_port = port is not None and port != (443 if tls else 80)
    return f"{'https' if tls else 'http'}://{where}{f':{port}' if has_port else ''}"


def _given(text: str) -> tuple[str, int | None]:
    try:
        return parse_authority(text)
    except UsageError:
        raise UsageError(
            f"--authority wants HOST or HOST:PORT, like rooms.example.org:443, not {text!r}"
        ) from None
