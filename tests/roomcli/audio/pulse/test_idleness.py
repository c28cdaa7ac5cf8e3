"""Tests of how much of the machine is idle."""

from __future__ import annotations

from pathlib import Path

from roomcli.audio.pulse.idleness import CpuIdleness


def test_the_share_of_a_second_is_measured_once_a_second(tmp_path: Path) -> None:
    stat = tmp_path / "stat"
    # User, nice, system, idle, waiting for a disk, interrupts.
    stat.write_text("cpu  100 0 50 800 50 0\ncpu0 1 1 1 1 1 1\n")
    idleness = CpuIdleness(stat)
    assert idleness.measure_share(10.0) is None, "nothing has passed yet"
    stat.write_text("cpu  130 0 60 840 70 0\n")
    assert idleness.measure_share(10.5) is None
    assert idleness.measure_share(11.0) == 0.6
    assert idleness.measure_share(12.0) is None, "no time has passed"


def test_where_it_is_not_told_nothing_is_known(tmp_path: Path) -> None:
    idleness = CpuIdleness(tmp_path / "nothing")
    assert [idleness.measure_share(float(now)) for now in range(3)] == [None] * 3
