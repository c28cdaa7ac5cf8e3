"""Local times and the moments that they are, by the IANA time zone database."""

from __future__ import annotations

from datetime import MAXYEAR, MINYEAR, UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones


@cache
def _names() -> frozenset[str]:
    # Without what means the zone of this machine, and versions of the database itself.
    return frozenset(each for each in available_timezones() if "/" in each or each == "UTC")


def is_zone(name: str) -> bool:
    """Whether this is the name of a time zone."""
    return name in _names()


def parse_local(text: str) -> datetime | None:
    """Return a local time; None where the calendar has no such day.

    Its first and last year are left out: there other zones, and days beside, may not have one.
    """
    try:
        local = datetime.fromisoformat(text)
    except ValueError:
        return None
    return local if MINYEAR < local.year < MAXYEAR else None


def format_local(local: datetime) -> str:
    """Return a local time as it is written: ``2027-03-02T18:30``."""
    return local.strftime("%Y-%m-%dT%H:%M")


def instant(local: datetime, zone: str) -> float:
    """Return the moment that a local time is, in seconds since 1970.

    A time that daylight saving skips is read with the offset from before, and of one that comes
    twice it is the first (RFC 5545, section 3.3.5).
    """
    return local.replace(tzinfo=ZoneInfo(zone), fold=0).timestamp()


def local_time(moment: float, zone: str) -> datetime:
    """Return the local time of a moment, without its zone."""
    return datetime.fromtimestamp(moment, UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def exists(local: datetime, zone: str) -> bool:
    """Whether there is such a time in this zone: daylight saving skips an hour a year."""
    return local_time(instant(local, zone), zone).replace(fold=0) == local
