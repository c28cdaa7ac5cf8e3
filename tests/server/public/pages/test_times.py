"""Tests of how pages write times."""

from __future__ import annotations

import pytest

from server.public.pages import times

SUMMER = 1782837000.0  # 2026-06-30T16:30:00Z


def test_a_time_is_told_in_the_zone_in_which_it_is_planned() -> None:
    assert times.day(SUMMER, "Europe/Paris") == "Tuesday, 30 June 2026"
    assert times.date(SUMMER, "Europe/Paris") == "30 June 2026"
    assert times.short_day(SUMMER, "Pacific/Auckland") == "Wed 1 Jul"
    assert times.clock(SUMMER, "Asia/Kolkata") == "22:00"
    assert times.iso(SUMMER, "America/New_York") == "2026-06-30T12:30:00-04:00"
    assert times.iso(SUMMER) == "2026-06-30T16:30:00+00:00"


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("Europe/Paris", "Europe/Paris, UTC+2"),
        ("America/St_Johns", "America/St Johns, UTC\N{MINUS SIGN}2:30"),
        ("Asia/Kathmandu", "Asia/Kathmandu, UTC+5:45"),
        ("Africa/Abidjan", "Africa/Abidjan, UTC"),
        ("UTC", "UTC"),
    ],
)
def test_a_zone_is_told_with_how_far_it_is_from_utc(zone: str, words: str) -> None:
    assert times.zone_words(SUMMER, zone) == words


def test_daylight_saving_changes_how_far_a_zone_is_from_utc() -> None:
    assert times.zone_words(SUMMER + 180 * 86400, "Europe/Paris") == "Europe/Paris, UTC+1"


def test_a_span_tells_the_day_on_which_it_ends_where_that_is_another_one() -> None:
    assert times.span(SUMMER, SUMMER + 3600, "Europe/Paris") == "18:30\N{EN DASH}19:30"
    assert (
        times.span(SUMMER, SUMMER + 6 * 3600, "Europe/Paris") == "18:30 \N{EN DASH} Wed 1 Jul 00:30"
    )


@pytest.mark.parametrize("zone", ["", "../../etc/passwd", "Nowhere/At_all", "a\x00b", "x" * 999])
def test_a_zone_that_nobody_knows_is_utc(zone: str) -> None:
    assert times.clock(SUMMER, zone) == "16:30"


@pytest.mark.parametrize("at", [0.0, 253_402_300_799.0])
def test_no_time_is_too_far(at: float) -> None:
    for zone in ("Pacific/Kiritimati", "Etc/GMT+12"):
        assert times.iso(at, zone)


def test_numbers_have_their_nouns() -> None:
    words = [times.number(count, "person", "people") for count in (0, 1, 2, 1200)]
    assert words == ["0 people", "1 person", "2 people", "1,200 people"]
