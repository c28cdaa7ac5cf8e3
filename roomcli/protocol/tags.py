"""How struct names become the names on the wire: ``HandRaised`` is ``hand_raised``."""

from __future__ import annotations

import re

_BOUNDARY = re.compile(r"(?<!^)(?=[A-Z])")


def snake_case(name: str) -> str:
    """``HandRaised`` -> ``hand_raised``."""
    return _BOUNDARY.sub("_", name).lower()
