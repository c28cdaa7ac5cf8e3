"""Tests of docs/self-hosting.md: the tables of limits are those of the code."""

from __future__ import annotations

import re
from typing import get_args

import msgspec
import pytest

from server.limits import DailyShare, Kind, Rate, ServerLimits
from server.limits_file import allowed, limits_by_name

from .. import ROOT

PAGE = (ROOT / "docs" / "self-hosting.md").read_text("utf-8")
PAIRS = {Rate: "a rate", DailyShare: "a share"}


def rows(table: str) -> list[list[str]]:
    """Return the cells of a table of the page, without its head."""
    found = re.search(rf"<!-- {table}: begin -->(.*)<!-- {table}: end -->", PAGE, re.S)
    assert found is not None
    lines = found[1].strip().splitlines()[2:]
    return [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in lines]


def test_every_limit_is_described_with_its_default_and_what_is_allowed() -> None:
    defaults = msgspec.json.decode(msgspec.json.encode(ServerLimits()))
    told = {name: (msgspec.json.decode(value), may) for name, value, may, _ in rows("limits")}
    expected = {}
    for section, limits in limits_by_name().items():
        for key, kind in limits.items():
            if key in defaults[section]:
                text = PAIRS.get(kind) or allowed(kind).partition("number from ")[2]
                expected[f"{section}.{key}"] = (defaults[section][key], text)
    assert told == expected


def test_every_rate_is_described() -> None:
    told = {kind: cells for kind, _, *cells in rows("rates")}
    assert told.keys() == set(get_args(Kind))
    limits = ServerLimits()
    for kind in get_args(Kind):
        of_person, of_address = (msgspec.json.decode(cell) for cell in told[kind])
        assert of_person == pytest.approx(limits.rate_of_person(kind), abs=1e-4)
        assert of_address == pytest.approx(limits.rate_of_address(kind), abs=1e-4)
