"""Times as pages write them: in words, in the time zone in which something is planned."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
# Not by strftime: its words are those of the locale, and pages are in English.


def day(at: float, zone: str = "UTC") -> str:
    """Return the day of a time: ``Tuesday, 1 December 2026``."""
    local = _local(at, zone)
    return f"{DAYS[local.weekday()]}, {local.day} {MONTHS[local.month - 1]} {local.year}"


def date(at: float, zone: str = "UTC") -> str:
    """Return the day of a time without its weekday: ``1 December 2026``."""
    return day(at, zone).partition(", ")[2]


def short_day(at: float, zone: str = "UTC") -> str:
    """Return the day of a time in a list: ``Tue 1 Dec``."""
    local = _local(at, zone)
    return f"{DAYS[local.weekday()][:3]} {local.day} {MONTHS[local.month - 1][:3]}"


def clock(at: float, zone: str = "UTC") -> str:
    """Return the time of day: ``18:30``."""
    return _local(at, zone).strftime("%H:%M")


def span(starts_at: float, ends_at: float, zone: str) -> str:
    """Return from when to when something lasts, without the day on which it begins.

    The day on which it ends is told where it is another one.
    """
    start, end = _local(starts_at, zone), _local(ends_at, zone)
    if start.date() == end.date():
        return f"{clock(starts_at, zone)}\N{EN DASH}{clock(ends_at, zone)}"
    until = f"{short_day(ends_at, zone)} {clock(ends_at, zone)}"
    return f"{clock(starts_at, zone)} \N{EN DASH} {until}"


def iso(at: float, zone: str = "UTC") -> str:
    """Return a time as ISO 8601 has it, with the zone's offset: ``2026-12-01T18:30:00+01:00``."""
    return _local(at, zone).isoformat(timespec="seconds")


def zone_words(at: float, zone: str) -> str:
    """Return a time zone and how far it was from UTC then: ``Europe/Paris, UTC+1``."""
    offset = _local(at, zone).utcoffset() or timedelta()
    minutes = round(offset.total_seconds() / 60)
    sign = "+" if minutes >= 0 else "\N{MINUS SIGN}"
    hours, rest = divmod(abs(minutes), 60)
    shift = f"{sign}{hours}{f':{rest:02}' if rest else ''}" if minutes else ""
    place = zone.replace("_", " ")
    return f"UTC{shift}" if zone == "UTC" else f"{place}, UTC{shift}"


def number(count: int, one: str, many: str) -> str:
    """Return a number with its noun: ``1 person``, ``1,200 people``."""
    return f"{count:,} {one if count == 1 else many}"


def _local(at: float, zone: str) -> datetime:
    try:
        return datetime.fromtimestamp(at, _zone(zone))
    except (OverflowError, ValueError, OSError):  # within a day of the ends of the calendar
        return datetime.fromtimestamp(at, UTC)


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC
