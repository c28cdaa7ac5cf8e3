"""Which characters a terminal shows, by what its locale says."""

from __future__ import annotations

from collections.abc import Mapping

_PLACES = ("LC_ALL", "LC_CTYPE", "LANG")
"""Where the locale of characters is looked for, in this order (POSIX, 8.2)."""


def ascii_alone(environment: Mapping[str, str]) -> str:
    """Return what says that the terminal shows ASCII alone, like ``LC_ALL=C``; empty if nothing.

    Where no locale is set, as in a container, nobody has said so: nearly all terminals show UTF-8.
    """
    for place in _PLACES:
        if value := environment.get(place):
            return f"{place}={value}" if value in ("C", "POSIX") else ""
    return ""
