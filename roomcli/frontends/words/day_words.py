"""Days and hours as lists of events name them, in the reader's time zone. Pure."""

from __future__ import annotations

from collections.abc import Callable
from time import localtime, strftime, struct_time

Local = Callable[[float], struct_time]
"""Turns seconds since 1970 into the reader's time."""
DAY = 86400.0


def day_words(at: float, now: float, local: Local = localtime) -> str:
    """Return the day of a time: ``Today``, ``Tomorrow``, else ``Tuesday 1 December``."""
    day = local(at)
    for near, word in ((now, "Today"), (now + DAY, "Tomorrow")):
        if local(near)[:3] == day[:3]:
            return word
    year = f" {day.tm_year}" if day.tm_year != local(now).tm_year else ""
    return f"{strftime('%A', day)} {day.tm_mday} {strftime('%B', day)}{year}"


def hour_words(at: float, local: Local = localtime) -> str:
    """Return the time of day: ``18:30``."""
    return strftime("%H:%M", local(at))


def span_words(starts_at: float, ends_at: float, now: float, local: Local = localtime) -> str:
    """Return when something takes place: ``Today 18:30-20:00``."""
    begins = f"{day_words(starts_at, now, local)} {hour_words(starts_at, local)}"
    if local(starts_at)[:3] != local(ends_at)[:3]:
        return f"{begins} to {day_words(ends_at, now, local)} {hour_words(ends_at, local)}"
    return f"{begins}-{hour_words(ends_at, local)}"
