"""The time zone of this machine by its name, as events are planned in it."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path

UNKNOWN = "UTC"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}")


def own_zone(local_time: Path = Path("/etc/localtime")) -> str:
    """Return the name of the user's time zone, like ``Europe/Paris``; ``UTC`` if none is known."""
    named = os.environ.get("TZ", "").removeprefix(":")
    if named and _NAME.fullmatch(named):
        return named
    with suppress(OSError):
        _, found, name = str(local_time.resolve()).rpartition("/zoneinfo/")
        if found and _NAME.fullmatch(name):
            return name
    return UNKNOWN
