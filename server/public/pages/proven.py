"""Badges as pages show them: exactly what was proven, and when it was seen last."""

from __future__ import annotations

from roomcli.protocol.badges import Badge

from .links import outside_link
from .models import ProvenClaim


def proven(badge: Badge) -> ProvenClaim:
    """Return a badge in words, with a link to what it is about if that has an address."""
    address = ""
    match badge.kind:
        case "forge":
            address, text = f"https://{badge.subject}", "lists a key of theirs"
        case "domain":
            address, text = f"https://{badge.subject}", "lists a key of theirs"
        case "mail":
            text = f"reads mail at {badge.subject}"
        case "sign_on":
            how = ", by a code that was typed elsewhere" if badge.by_device else ""
            mail = f", with mail at {badge.domain}" if badge.domain else ""
            text = f"signed on at {badge.subject}{how}{mail}"
    link = outside_link(address)
    if address and link is None:
        text = f"{badge.subject} {text}"
    return ProvenClaim(text=text, checked_at=badge.checked_at, link=link)
