"""Measures as words and shares: round trips, levels, durations. Pure."""

from __future__ import annotations

import re

_UNITS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_DURATION = re.compile(rf"(\d{{1,9}})({'|'.join(sorted(_UNITS, key=len, reverse=True))})?")


def quality(rtt_ms: float | None) -> str:
    """Return one word for a round trip in milliseconds."""
    if rtt_ms is None:
        return "measuring"
    for limit, word in ((80, "excellent"), (180, "good"), (350, "fair")):
        if rtt_ms < limit:
            return word
    return "poor"


def loudness(level: int) -> float:
    """Return a level in -dBov as the share of a meter, 0 to 1: from -58 to -12."""
    return min(1.0, max(0.0, (58 - level) / 46))


def waiting(seconds: float) -> str:
    """Return a duration as short as possible: ``12 s``, ``3 min``, ``1 h``, ``2 d``."""
    seconds = max(0.0, seconds)
    if seconds < 60:
        return f"{int(seconds)} s"
    if seconds < 3600:
        return f"{int(seconds // 60)} min"
    if seconds < 2 * 86400:
        return f"{int(seconds // 3600)} h"
    return f"{int(seconds // 86400)} d"


def whole(seconds: int) -> str:
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


def duration(text: str) -> int | None:
    """Return the seconds in a typed ``90``, ``45s``, ``10m``, ``2h`` or ``3d``; else None."""
    found = _DURATION.fullmatch(text.casefold())
    return int(found[1]) * _UNITS[found[2] or "s"] if found else None
