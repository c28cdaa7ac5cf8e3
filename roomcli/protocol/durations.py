"""Durations in words, and read from words. Pure; all in seconds."""

from __future__ import annotations

import re
from math import ceil

_UNITS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_CLOCK = re.compile(r"(?:(\d{1,3}):)?(\d{1,3}):([0-5]\d)")
_DURATION = re.compile(rf"(\d{{1,9}})({'|'.join(sorted(_UNITS, key=len, reverse=True))})?")


def elapsed(seconds: float) -> str:
    """Return a duration as short as possible: ``12 s``, ``3 min``, ``1 h``, ``2 d``."""
    seconds = max(0.0, seconds)
    if seconds < 60:
        return f"{int(seconds)} s"
    if seconds < 3600:
        return f"{int(seconds // 60)} min"
    if seconds < 2 * 86400:
        return f"{int(seconds // 3600)} h"
    return f"{int(seconds // 86400)} d"


def in_full(seconds: int) -> str:
    """Return a duration that somebody chose, in full: ``1 min``, ``1 min 30 s``."""
    parts = []
    for unit, word in ((86400, "d"), (3600, "h"), (60, "min"), (1, "s")):
        count, seconds = divmod(seconds, unit)
        parts += [f"{count} {word}"] if count else []
    return " ".join(parts) or "0 s"


def remaining(seconds: float) -> str:
    """Return how long something still holds, to the nearest unit: 6 days and 23 hours are ``7 d``.

    Between one hour and two the nearest hour is too rough: ``90 min``.
    """
    seconds = round(max(0.0, seconds))
    minutes = round(seconds / 60)
    if 60 < minutes < 120:
        return f"{minutes} min"
    for unit, word, up_to in ((1, "s", 60), (60, "min", 60), (3600, "h", 48)):
        if (count := round(seconds / unit)) < up_to:
            return f"{count} {word}"
    return f"{round(seconds / 86400)} d"


def rounded_up(seconds: float) -> str:
    """Return a duration as people say it, rounded up: ``40 s``, ``12 min``, ``3 h``, ``2 days``."""
    for unit, length in (("s", 1), ("min", 60), ("h", 3600)):
        limit = {"s": 60, "min": 3600, "h": 86400}[unit]
        count = ceil(seconds / length)
        if count * length < limit:
            return f"{count} {unit}"
    days = ceil(seconds / 86400)
    return f"{days} day{'s' if days > 1 else ''}"


def clock(seconds: float) -> str:
    """Return a duration as a clock shows it: ``0:07``, ``2:40``, ``1:02:03``."""
    minutes, rest = divmod(int(seconds), 60)
    if minutes < 60:
        return f"{minutes}:{rest:02}"
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


def parse_duration(text: str) -> int | None:
    """Return the seconds in a typed ``90``, ``45s``, ``10m``, ``2h`` or ``3d``; else None."""
    found = _DURATION.fullmatch(text.casefold())
    return int(found[1]) * _UNITS[found[2] or "s"] if found else None


def parse_clock(text: str) -> int | None:
    """Return the seconds in a typed ``1:30``, ``1:02:03``, ``90`` or ``2m``; else None."""
    if found := _CLOCK.fullmatch(text):
        return int(found[1] or 0) * 3600 + int(found[2]) * 60 + int(found[3])
    return parse_duration(text)
