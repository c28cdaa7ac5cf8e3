"""Where a room is: URLs as people write, share and paste them.

``wss://host:port/r/room`` (``ws://`` too, and ``https://…/r/room``, the invite page's address); the
fragment, which no server ever sees, may carry ``pin=`` and ``invite=``.
"""

from __future__ import annotations

import contextlib
import ipaddress
import re
from dataclasses import dataclass, replace
from urllib.parse import parse_qs, urlencode, urlsplit

from ..errors import UsageError
from . import DEFAULT_PORT
from .text import is_room_name

_SCHEMES = {"wss": True, "https": True, "ws": False, "http": False}
_HOST = re.compile(r"(?!-)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?")
_ZONE = re.compile(r"[A-Za-z0-9._-]*")
_PIN = re.compile(r"[0-9a-f]{64}")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,128}")


@dataclass(frozen=True)
class Address:
    """A room on a server.

    ``host`` is a name in lower case, punycode where it is not ASCII, or an IP address without
    brackets. ``pin`` is the SHA-256 of a self-signed certificate, hexadecimal.
    """

    host: str
    port: int
    tls: bool
    room: str = ""
    pin: str | None = None
    invite: str | None = None

    @property
    def authority(self) -> str:
        """``host:port``, an IPv6 host in brackets; what goes into the Host header and hello."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def path(self) -> str:
        """The resource that the WebSocket asks for."""
        return f"/r/{self.room}"

    @property
    def server(self) -> str:
        """The server's URL, without room and fragment."""
        return f"{'wss' if self.tls else 'ws'}://{self.authority}"

    def in_room(self, room: str) -> Address:
        """The same server, another room. Raises UsageError for a name that cannot be one."""
        return replace(self, room=checked_room(room))

    def __str__(self) -> str:
        fields = {"pin": self.pin, "invite": self.invite}
        fragment = urlencode({name: value for name, value in fields.items() if value})
        path = self.path if self.room else ""
        return f"{self.server}{path}" + (f"#{fragment}" if fragment else "")


def checked_room(name: str) -> str:
    """``name`` if it can name a room; raises UsageError."""
    if not is_room_name(name):
        raise UsageError(
            f"{name!r} cannot name a room: use lower case letters, digits and hyphens, "
            "64 at the most, like standup or book-club"
        )
    return name


def parse_address(url: str) -> Address:
    """An address from a URL, with or without a room in it. Raises UsageError."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError as error:
        raise UsageError(f"{url!r} is not an address: {error}") from None
    if parts.scheme not in _SCHEMES or not parts.hostname:
        raise UsageError(f"{url!r} is not an address: it should look like wss://host/r/room")
    if port == 0:
        raise UsageError(f"{url!r} is not an address: no server listens at port 0")
    if "@" in parts.netloc:
        raise UsageError("an address holds no user name or password: leave out what is before @")
    room = ""
    if parts.path not in ("", "/"):
        prefix, _, room = parts.path.rpartition("/")
        if prefix != "/r":
            raise UsageError(f"{url!r} names no room: its path should be /r/ROOM")
        checked_room(room)
    fragment = parse_qs(parts.fragment)
    pin = fragment.get("pin", [None])[0]
    invite = fragment.get("invite", [None])[0]
    if pin is not None and not _PIN.fullmatch(pin.lower()):
        raise UsageError(
            "the pin in the address is not whole: 64 hexadecimal digits; copy it again"
        )
    if invite is not None and not _TOKEN.fullmatch(invite):
        raise UsageError("the invite in the address is not whole: copy the line again")
    tls = _SCHEMES[parts.scheme]
    standard = parts.scheme in ("https", "http")
    return Address(
        host=_host(parts.hostname),
        port=port or ((443 if tls else 80) if standard else DEFAULT_PORT),
        tls=tls,
        room=room,
        pin=pin.lower() if pin else None,
        invite=invite,
    )


def _host(name: str) -> str:
    """A host as DNS, the Host header and the signature of ``hello`` all spell it."""
    with contextlib.suppress(ValueError):
        ip = ipaddress.ip_address(name)
        if _ZONE.fullmatch(getattr(ip, "scope_id", None) or ""):
            return str(ip)
    try:
        host = name if name.isascii() else name.encode("idna").decode()
    except UnicodeError:
        host = ""
    if len(host) > 253 or not _HOST.fullmatch(host):
        raise UsageError(f"{name!r} cannot be the name of a host")
    return host
