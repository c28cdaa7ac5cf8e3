"""Addresses of rooms: URLs as people write, share and paste them.

``wss://host:port/r/room`` (``ws://`` too, and ``https://…/r/room``, the invite page's address). A
server behind a proxy may lie under a prefix: ``wss://host/talk/r/room``. The fragment, which no
server ever sees, may carry ``pin=``, ``invite=`` and ``host_token=``. Each host has one spelling:
lower case, no dot at the end, punycode, the shortest form of an IPv6 address. Extra characters of a
copied address are understood: quotes, a full stop, a line break, the command before it.
"""

from __future__ import annotations

import contextlib
import ipaddress
import re
import unicodedata
from dataclasses import dataclass, replace
from functools import lru_cache
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from ..errors import UsageError
from . import DEFAULT_PORT
from .text import is_room_name, trimmed

_SCHEMES = {"wss": True, "https": True, "ws": False, "http": False}
_HOST = re.compile(r"(?!-)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*")
_ZONE = re.compile(r"[A-Za-z0-9._~-]+")
_ESCAPED_ZONE = re.compile(r"(//\[[0-9A-Fa-f:.]+%)25([^]]+)(?=])")
_PREFIX = re.compile(r"(/[A-Za-z0-9._~!$&'()*+,;=:@%-]+)*")
_PIN = re.compile(r"[0-9a-f]{64}")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,128}")
_AUTHORITY = re.compile(r"(\[[^][@]+]|[^][:@/?#\\\s]+)(:[0-9]*)?")
_QUOTES = "'\"`\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u00ab\u00bb\u2039\u203a<>"
_COMMAND = re.compile(r"(?:[$%>#]\s+)?(?:\S*/)?roomcli\s+(?:join|host)\s+")
_BROKEN_LINE = re.compile(r"\s*[\r\n]\s*")


@dataclass(frozen=True)
class Address:
    """The address of a room on a server.

    ``host`` is a name, in punycode if it is not ASCII, or an IP address without brackets, which may
    have a zone (``fe80::1%eth0``). ``prefix`` is the path under which a proxy has the server, like
    ``/talk``. ``pin`` is the SHA-256 of a self-signed certificate, hexadecimal.
    """

    host: str
    port: int
    tls: bool
    room: str = ""
    pin: str | None = None
    invite: str | None = None
    host_token: str | None = None
    prefix: str = ""

    @property
    def authority(self) -> str:
        """The text ``host:port`` for the Host header and hello, with an IPv6 host in brackets.

        The zone is left out, since it has a meaning on this machine alone.
        """
        return f"{_bracketed(self.host.partition('%')[0])}:{self.port}"

    @property
    def path(self) -> str:
        """The resource that the WebSocket asks for: the server's, not the room's."""
        return f"{self.prefix}/"

    @property
    def server(self) -> str:
        """The server's URL, without room and fragment."""
        host = _bracketed(self.host.replace("%", "%25"))
        return f"{'wss' if self.tls else 'ws'}://{host}:{self.port}{self.prefix}"

    def in_room(self, room: str) -> Address:
        """Return the address of another room on this server. Raises UsageError for a bad name."""
        return replace(self, room=checked_room(room))

    def __str__(self) -> str:
        fields = {"pin": self.pin, "invite": self.invite, "host_token": self.host_token}
        fragment = urlencode({name: value for name, value in fields.items() if value})
        path = f"/r/{self.room}" if self.room else ""
        return f"{self.server}{path}" + (f"#{fragment}" if fragment else "")


def checked_room(name: str) -> str:
    """Return the room that ``name`` means, as `Book Club` means book-club. Raises UsageError."""
    room = re.sub(r"[\s_]+", "-", trimmed(name).lower())
    if is_room_name(room):
        return room
    letters = unicodedata.normalize("NFKD", room).encode("ascii", "ignore").decode()
    near = re.sub(r"[^a-z0-9-]+", "-", letters).strip("-")[:64]
    raise UsageError(
        f"{name!r} cannot name a room: use lower case letters, digits and hyphens, "
        f"64 at the most, like {near or 'standup or book-club'}"
    )


def parse_address(url: str) -> Address:
    """Parse a URL, with or without a room in it. Raises UsageError."""
    try:
        parts = urlsplit(_ESCAPED_ZONE.sub(_with_plain_zone, _bare(url)))
    except ValueError as error:
        raise UsageError(f"{url!r} is not an address: {error}") from None
    try:
        port = parts.port
    except ValueError:
        raise UsageError(
            f"{url!r} is not an address: the port, after the last colon, is a number up to 65535"
        ) from None
    if parts.scheme not in _SCHEMES or not parts.hostname:
        raise UsageError(f"{url!r} is not an address: it should look like wss://host/r/room")
    if port == 0:
        raise UsageError(f"{url!r} is not an address: no server listens at port 0")
    if "@" in parts.netloc:
        raise UsageError("an address holds no user name or password: leave out what is before @")
    if parts.netloc.startswith("[") and not _AUTHORITY.fullmatch(parts.netloc):
        raise UsageError(f"{url!r} is not an address: after the ] comes the port, like [::1]:7420")
    prefix, room = _prefix_and_room(parts.path)
    if not _PREFIX.fullmatch(prefix) or "r" in prefix.lower().split("/"):
        raise UsageError(f"{url!r} names no room: its path should end in /r/ROOM")
    fragment = parse_qs(parts.fragment)
    pin, invite, host_token = (
        fragment.get(name, [None])[0] for name in ("pin", "invite", "host_token")
    )
    if pin is not None and not _PIN.fullmatch(pin.lower()):
        raise UsageError(
            "the pin in the address is not whole: 64 hexadecimal digits; copy it again"
        )
    if invite is not None and not _TOKEN.fullmatch(invite):
        raise UsageError("the invite in the address is not whole: copy the line again")
    if host_token is not None and not _TOKEN.fullmatch(host_token):
        raise UsageError("the host token in the address is not whole: copy the line again")
    tls = _SCHEMES[parts.scheme]
    standard = parts.scheme in ("https", "http")
    address = Address(
        host=host_name(parts.hostname),
        port=port or ((443 if tls else 80) if standard else DEFAULT_PORT),
        tls=tls,
        room=room,
        pin=pin.lower() if pin else None,
        invite=invite,
        host_token=host_token,
        prefix=prefix,
    )
    if pin and not tls:
        raise UsageError(
            f"a pin is of an encrypted connection, and {parts.scheme}:// is none: "
            f"it should be {replace(address, tls=True)}"
        )
    return address


def parse_server(text: str) -> Address:
    """Parse a server as people type it: without a scheme it means wss. Raises UsageError."""
    bare = _bare(text)
    with contextlib.suppress(ValueError):
        bare = _bracketed(str(ipaddress.IPv6Address(bare)))
    return parse_address(bare if "://" in bare else f"wss://{bare}")


def parse_authority(text: str) -> tuple[str, int | None]:
    """Return host and port of ``HOST`` or ``HOST:PORT``, the host as in :class:`Address`.

    The host has no zone. Raises UsageError.
    """
    try:
        parts = urlsplit(_ESCAPED_ZONE.sub(_with_plain_zone, f"//{text}"))
        if _AUTHORITY.fullmatch(text) and parts.hostname and parts.port != 0:
            return host_name(parts.hostname).partition("%")[0], parts.port
    except (UsageError, ValueError):
        pass
    raise UsageError(f"{text!r} is neither HOST nor HOST:PORT")


def host_name(name: str) -> str:
    """Return a host, without brackets, as DNS, the Host header and ``hello``'s signature spell it.

    Raises UsageError for text that cannot be a host.
    """
    address, separator, zone = name.partition("%")
    with contextlib.suppress(ValueError):
        ip = ipaddress.ip_address(address)
        if isinstance(ip, ipaddress.IPv6Address):
            if separator and _ZONE.fullmatch(zone):
                return f"{ip}%{zone}"
            ip = ip.ipv4_mapped or ip  # the same host, which versions of Python write differently
        if not separator:
            return str(ip)
    host = unquote(name).removesuffix(".").lower()
    try:
        host = host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        host = ""
    if len(host) > 253 or not _HOST.fullmatch(host):
        raise UsageError(f"{name!r} cannot be the name of a host")
    return host


@lru_cache(256)
def is_loopback(host: str) -> bool:
    """Whether this host, spelled as by :func:`host_name`, always means this machine itself."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _bare(text: str) -> str:
    text = _COMMAND.sub("", _BROKEN_LINE.sub("", trimmed(text)), count=1)
    return trimmed(text.lstrip(_QUOTES + " ").rstrip(_QUOTES + " .,;"))


def _prefix_and_room(path: str) -> tuple[str, str]:
    path = path.rstrip("/")
    before, _, name = path.rpartition("/")
    if before.lower().endswith("/r"):
        return before[:-2], checked_room(unquote(name))
    return path, ""


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _with_plain_zone(found: re.Match[str]) -> str:
    """Return the address with an unescaped zone.

    In a URL, the % before a zone is written %25 (RFC 6874); people also write it plain.
    """
    return found[1] + unquote(found[2])
