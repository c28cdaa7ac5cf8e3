"""How a community may be called, so that none passes for another one or for the server."""

from __future__ import annotations

from collections.abc import Callable

from roomcli.errors import CommandRefused, ProtocolError
from roomcli.protocol.text import checked_name

from ...people.skeleton import skeletons, wears_badge

Taken = Callable[[str], bool]
"""Whether a name reads like that of a community that everybody may find."""
RESERVED = (
    "roomcli", "server", "admin", "admins", "administrator", "moderator", "moderators", "host",
    "owner", "system", "support", "official", "security", "everybody", "everyone", "nobody",
)  # fmt: skip
_RESERVED = {form for name in RESERVED for form in skeletons(name)}


def judged_name(text: str) -> str:
    """Return the name as it will be shown. Raises CommandRefused."""
    try:
        name = checked_name(text)
    except ProtocolError as error:
        raise CommandRefused("bad_text", str(error)) from None
    if wears_badge(name) or not _RESERVED.isdisjoint(skeletons(name)):
        text = f"a community cannot be called {name}: it would pass for what it is not"
        raise CommandRefused("reserved_name", text)
    return name


def judge_free(name: str, taken: Taken) -> None:
    """Raise CommandRefused if everybody would find two communities whose names read the same."""
    if taken(name):
        text = f"there is a community already whose name reads like {name}: pick another"
        raise CommandRefused("name_taken", text)
