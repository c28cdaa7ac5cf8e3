"""What a change makes of a profile: pure."""

from __future__ import annotations

from msgspec.structs import replace

from roomcli.errors import CommandRefused, ProtocolError
from roomcli.protocol import commands as c
from roomcli.protocol.profile import (
    MAX_BIO,
    MAX_LINKS,
    MAX_PRONOUNS,
    MAX_SHORT,
    PUBLIC,
    Profile,
)
from roomcli.protocol.text import checked, checked_headline, checked_link

from ..identity import checked_shown_name

_LIMITS = {
    "company": MAX_SHORT,
    "location": MAX_SHORT,
    "pronouns": MAX_PRONOUNS,
    "bio": MAX_BIO,
}


def changed(profile: Profile, change: c.ChangeProfile) -> Profile:
    """Return the profile after a change. Raises CommandRefused ``bad_text``."""
    values: dict[str, object] = {}
    try:
        if change.name is not None:
            values["name"] = checked_shown_name(change.name)
        if change.headline is not None:
            values["headline"] = checked_headline(change.headline)
        for field, limit in _LIMITS.items():
            text = getattr(change, field)
            if text is not None:
                values[field] = checked(text, limit, field)
        if change.page is not None:
            values["page"] = _checked_page(change.page)
        if change.links is not None:
            links = [checked_link(each) for each in change.links if each.strip()]
            values["links"] = tuple(dict.fromkeys(links))[:MAX_LINKS]
    except ProtocolError as error:
        raise CommandRefused(error.code, str(error)) from None
    return replace(profile, **values)


def _checked_page(text: str) -> str:
    page = checked(text, MAX_SHORT, "page")
    if page not in (PUBLIC, ""):
        why = "page is public, for everybody on the web to read your profile, or empty"
        raise ProtocolError("bad_text", why)
    return page
