"""Tests of time zones in iCalendar, read by a library that did not write them."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.tz import tzical

from server.calendar.time_zones import YEARS, zone_component

YEAR = 2026
BY_RULE = [
    *("Europe/Berlin", "Europe/Dublin", "America/New_York"),
    *("Australia/Sydney", "Australia/Lord_Howe"),
]
"""On both sides of the equator, by half an hour, and where winter is the exception."""
WITHOUT_CHANGE = ["Asia/Kathmandu", "America/Sao_Paulo", "Pacific/Kiritimati"]
BY_ITSELF = ["Africa/Casablanca", "Asia/Jerusalem", "America/Nuuk", "America/Santiago"]
"""By the moon, by a Friday before a Sunday, on the eve of a Sunday, and on one after the first."""


def written(zone: str) -> str:
    """Return a time zone as it stands in files."""
    content: bytes = zone_component(zone, YEAR).to_ical()
    return content.decode()


@pytest.mark.parametrize("zone", [*BY_RULE, *WITHOUT_CHANGE, *BY_ITSELF])
def test_a_reader_has_the_same_clocks_as_we(zone: str) -> None:
    read = tzical(io.StringIO(written(zone))).get()
    ours = ZoneInfo(zone)
    at, end = datetime(YEAR - 1, 1, 2, 12, 17, tzinfo=UTC), datetime(YEAR + YEARS - 2, 12, 30)
    while at.replace(tzinfo=None) < end:
        local = at.astimezone(ours).replace(tzinfo=None)
        assert local.replace(tzinfo=read).utcoffset() == at.astimezone(ours).utcoffset(), local
        at += timedelta(days=1)


@pytest.mark.parametrize("zone", BY_RULE)
def test_where_clocks_change_by_a_rule_the_rule_is_told(zone: str) -> None:
    told = written(zone)
    assert told.count("RRULE:FREQ=YEARLY") == 2
    assert "RDATE" not in told
    read = tzical(io.StringIO(told)).get()
    for month in (1, 7):  # for good
        noon = datetime(YEAR + 40, month, 15, 12)
        ours = noon.replace(tzinfo=ZoneInfo(zone)).utcoffset()
        assert noon.replace(tzinfo=read).utcoffset() == ours


def test_clocks_change_at_the_hour_by_the_offset_from_before() -> None:
    told = written("Europe/Berlin").replace("\r\n", " ")
    assert "DTSTART:20250330T020000 RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3 TZNAME:CEST" in told
    assert "DTSTART:20251026T030000 RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10 TZNAME:CET" in told


@pytest.mark.parametrize("zone", WITHOUT_CHANGE)
def test_where_clocks_never_change_there_is_one_time(zone: str) -> None:
    assert written(zone).count("DTSTART") == 1
