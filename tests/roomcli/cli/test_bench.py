"""Tests of ``roomcli bench``: what it says, and what it refuses."""

from __future__ import annotations

import json

import pytest

from roomcli.cli import bench, exits
from roomcli.cli.main import main
from roomcli.load.load_run import LoadPlan, LoadRun
from roomcli.protocol.address import parse_address

ADDRESS = parse_address(f"wss://rooms.example.org/r/bench-1#pin={'0' * 64}&invite=secret")
SPOKEN = {"sent": 150, "skipped": 0, "lost": 0, "cpu_share": 0.05}
HEARD = {
    "delivered": 14_700,
    "distinct": 150,
    "bytes": 1_700_000,
    "lost": 0,
    "delays": [[1199, 14_000], [2699, 700]],
    "cpu_share": 0.21,
}


def measured(**changes: object) -> LoadRun:
    """Return a load that has measured a second."""
    load = LoadRun(LoadPlan(ADDRESS, 3, 100, 30), lambda load: None)
    load.on_stage, load.in_audience = 3, 100
    load.totals.add(SPOKEN, [HEARD | changes])
    return load


def test_the_report_says_what_was_sent_and_heard_and_whether_the_load_was_the_limit() -> None:
    lines = "\n".join(bench.report_lines(measured()))
    for part in (
        "3 spoke to 100 for 1 s by TCP in bench-1 at wss://rooms.example.org:7420",
        "150 frames (150/s), 150/s of them",
        "14,700 frames (14,700/s), 2.00% skipped",
        "p50 12 ms, p99 27 ms",
        "0.136 Mb/s a listener, 13.6 Mb/s in all",
        "21% of a core in its busiest process: it is not what you wait for",
    ):
        assert part in lines
    assert "lost" not in lines
    assert "secret" not in lines
    busy = "\n".join(bench.report_lines(measured(cpu_share=0.97, lost=2)))
    assert "97% of a core in its busiest process: it may be what you wait for" in busy
    assert "2 connections" in busy


def test_progress_says_how_many_are_in_and_whom_it_waits_for() -> None:
    load = LoadRun(LoadPlan(ADDRESS, 3, 2000, 30), lambda load: None)
    load.on_stage, load.in_audience, load.waits_for_moderator = 1, 1400, True
    lines = "\n".join(bench.progress_lines(load))
    assert "1 of 3 on stage, 1,400 of 2,000 in the audience" in lines
    assert "a moderator of the room has to accept them" in lines
    later = "\n".join(bench.progress_lines(measured()))
    assert "1 of 30 s" in later
    assert "p99 27 ms" in later
    assert "secret" not in later


def test_a_script_gets_figures_without_secrets() -> None:
    said = bench.report(ADDRESS, measured())
    assert "secret" not in json.dumps(said, allow_nan=False)
    assert (said["frames_sent"], said["frames_heard"]) == (150, 14_700)
    assert (said["relay_p50_ms"], said["relay_p99_ms"]) == (12.0, 27.0)
    assert said["drop_rate"] == pytest.approx(0.02)
    assert said["udp"] is False


@pytest.mark.parametrize(
    "words", [["--speakers", "65"], ["--listeners", "0"], ["--seconds", "0"], ["--speakers", "x"]]
)
def test_numbers_that_make_no_sense_are_refused(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", "wss://rooms.example.org", *words]) == exits.WRONG_USAGE
    assert words[0] in capsys.readouterr().err


def test_where_nobody_listens_the_exit_code_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "ws://127.0.0.1:1"]) == exits.NOT_CONNECTED
    assert "cannot reach ws://127.0.0.1:1" in capsys.readouterr().err
