"""Tests of the file that says how the user hears people: kept, bounded, proof against damage."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomcli.engine.adjustments import (
    MAX_BYTES,
    MAX_PEOPLE,
    MET_AGAIN,
    Adjustments,
    Remembered,
    adjustment_lines,
    parse_adjustments,
)
from roomcli.errors import ConfigError
from roomcli.protocol.adjustment import AS_SENT, MAX_VOLUME, Adjustment

ANN, BEN = "a" * 32, "b" * 32
QUIET = Adjustment(volume=40, noise_suppressed=True)
KEYS = st.text("0123456789abcdef", min_size=32, max_size=32)
HEARD = st.builds(
    Adjustment, st.integers(0, MAX_VOLUME), muted=st.booleans(), noise_suppressed=st.booleans()
)
PEOPLE = st.dictionaries(KEYS, st.builds(Remembered, HEARD, st.integers(0, 10**11)), max_size=20)


@given(PEOPLE)
def test_what_is_written_is_read_again(people: dict[str, Remembered]) -> None:
    assert parse_adjustments(adjustment_lines(people)) == people


@given(PEOPLE, st.lists(st.text(max_size=80) | st.just(f"{ANN} 201 heard as-sent 5"), max_size=5))
def test_lines_that_make_no_sense_cost_nobody_else_anything(
    people: dict[str, Remembered], damage: list[str]
) -> None:
    lines = adjustment_lines(people).splitlines()
    lines = [line for pair in zip(damage, lines, strict=False) for line in pair]
    lines += adjustment_lines(people).splitlines()
    found = parse_adjustments("\n".join(lines))
    assert {key: found[key] for key in people} == people


@given(st.binary(max_size=300), HEARD)
def test_any_bytes_can_be_read_and_written_over(content: bytes, heard: Adjustment) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "voices"
        path.write_bytes(content)
        adjustments = Adjustments(path)
        adjustments.recall()
        adjustments.remember_voice(ANN, heard, 5.0)
        assert adjustments.of_key(ANN) == heard
        again = Adjustments(path)
        again.recall()
        assert again.of_key(ANN) == heard


def test_it_holds_the_next_time_for_the_user_alone(tmp_path: Path) -> None:
    first = Adjustments(tmp_path / "voices")
    first.recall()
    assert first.is_empty
    first.remember_voice(ANN, QUIET, 5.0)
    assert stat.S_IMODE((tmp_path / "voices").stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["voices"]
    second = Adjustments(tmp_path / "voices")
    second.recall()
    assert second.of_key(ANN) == QUIET
    assert second.of_key(BEN) == AS_SENT
    second.remember_voice(ANN, AS_SENT, 6.0)
    assert (tmp_path / "voices").read_text() == ""


def test_two_programs_at_once_lose_nothing_of_each_other(tmp_path: Path) -> None:
    one, other = Adjustments(tmp_path / "voices"), Adjustments(tmp_path / "voices")
    one.recall()
    other.recall()
    one.remember_voice(ANN, QUIET, 5.0)
    other.remember_voice(BEN, QUIET, 6.0)
    one.recall()
    assert (one.of_key(ANN), one.of_key(BEN)) == (QUIET, QUIET)


def test_who_was_not_met_for_longest_is_forgotten_first(tmp_path: Path) -> None:
    adjustments = Adjustments(tmp_path / "voices")
    for number in range(MAX_PEOPLE):
        adjustments.remember_voice(f"{number:032x}", QUIET, number)
    adjustments.meet([f"{0:032x}", BEN], MET_AGAIN)
    adjustments.remember_voice(ANN, QUIET, MET_AGAIN)
    again = Adjustments(tmp_path / "voices")
    again.recall()
    assert again.of_key(ANN) == again.of_key(f"{0:032x}") == QUIET
    assert again.of_key(f"{1:032x}") == AS_SENT
    lines = (tmp_path / "voices").read_text().splitlines()
    assert len(lines) == MAX_PEOPLE
    assert sum(map(len, lines)) < MAX_BYTES


def test_to_meet_somebody_again_on_the_same_day_writes_nothing(tmp_path: Path) -> None:
    adjustments = Adjustments(tmp_path / "voices")
    adjustments.remember_voice(ANN, QUIET, 5.0)
    written = (tmp_path / "voices").stat().st_ino
    adjustments.meet([ANN], 5.0 + MET_AGAIN - 1)
    assert (tmp_path / "voices").stat().st_ino == written


def test_where_nothing_can_be_written_it_holds_until_one_leaves(tmp_path: Path) -> None:
    path = tmp_path / "voices"
    path.mkdir()
    adjustments = Adjustments(path)
    with pytest.raises(ConfigError, match="until you leave"):
        adjustments.recall()
    for key in (ANN, BEN):
        with pytest.raises(ConfigError, match="cannot be remembered in"):
            adjustments.remember_voice(key, QUIET, 5.0)
    assert adjustments.of_key(ANN) == adjustments.of_key(BEN) == QUIET
    os.rmdir(path)
    adjustments.remember_voice(ANN, AS_SENT, 6.0)
    assert adjustments.of_key(BEN) == QUIET, "what could not be written is written now"
    again = Adjustments(path)
    again.recall()
    assert again.of_key(BEN) == QUIET
