"""Turns struct names into the names on the wire: ``HandRaised`` into ``hand_raised``."""

from __future__ import annotations

import re

_BOUNDARY = re.compile(r"(?<!^)(?=[A-Z])")


def snake_case(name: str) -> str:
    """Return the name in snake case: ``HandRaised`` -> ``hand_raised``."""
    return _BOUNDARY.sub("_", name).lower()
