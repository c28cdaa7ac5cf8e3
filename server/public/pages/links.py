"""Links of pages: within this server, relative to the page, and out to where strangers point."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

from msgspec import Struct

from roomcli.errors import UsageError
from roomcli.protocol.address import host_name

MAX_SHOWN = 48
"""Characters of an address that are shown."""
_PLAIN = re.compile(r"[!-~\u00a1-\U0010ffff]+")
_KEPT = "/%:@!$&'()*+,;=~-._?"


class OutsideLink(Struct, frozen=True):
    """A link to another site: its address, and what is shown of it."""

    href: str
    text: str


def outside_link(url: str) -> OutsideLink | None:
    """Return a link to the address that a stranger gave; None unless it is one of ``https``.

    The host is spelled as DNS has it (punycode, RFC 3492), in the address and to the reader: no
    letter of another script passes for one that looks the same. What is shown is where it leads.
    """
    if not _PLAIN.fullmatch(url) or "\\" in url:  # a browser takes \ for /
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
        host = host_name(parts.hostname or "")
    except (ValueError, UsageError):
        return None
    if parts.scheme != "https" or "@" in parts.netloc or "%" in parts.netloc:
        return None
    where = f"[{host}]" if ":" in host else host
    where += f":{port}" if port not in (None, 443) else ""
    path = quote(parts.path, safe=_KEPT)
    rest = f"?{quote(parts.query, safe=_KEPT)}" if parts.query else ""
    rest += f"#{quote(parts.fragment, safe=_KEPT)}" if parts.fragment else ""
    shown = where + (path.rstrip("/") + rest if path.strip("/") or rest else "")
    if len(shown) > MAX_SHOWN:
        shown = shown[: MAX_SHOWN - 1] + "…"
    return OutsideLink(f"https://{where}{path or '/'}{rest}", shown)


def to_root(path: str) -> str:
    """Return the way from the page at ``path`` to the server's front page, for relative links."""
    return "../" * (path.count("/") - 1) or "./"
