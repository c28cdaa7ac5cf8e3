"""Tests of how times on the wall of a time zone are typed, and how the own zone is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from roomcli.frontends.grammar.local_times import EXAMPLE, parse_local_time
from roomcli.frontends.model.own_zone import own_zone


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (EXAMPLE, "2027-03-02T18:30"),
        (" 2027-3-2t9.05 ", "2027-03-02T09:05"),
        ("2027-03-02", None),
        ("2027-13-02 18:30", None),
        ("2027-03-02 24:00", None),
        ("tomorrow", None),
    ],
)
def test_a_time_is_typed_with_a_blank_or_as_the_protocol_has_it(
    typed: str, meant: str | None
) -> None:
    assert parse_local_time(typed) == meant


def test_the_own_zone_is_that_of_the_environment_else_of_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    zone = tmp_path / "zoneinfo" / "Europe" / "Paris"
    zone.parent.mkdir(parents=True)
    zone.touch()
    link = tmp_path / "localtime"
    link.symlink_to(zone)
    monkeypatch.setenv("TZ", ":America/New_York")
    assert own_zone(link) == "America/New_York"
    monkeypatch.setenv("TZ", "<+03>-3")
    assert own_zone(link) == "Europe/Paris", "a rule is no name"
    monkeypatch.delenv("TZ")
    assert own_zone(tmp_path / "nothing") == "UTC"
