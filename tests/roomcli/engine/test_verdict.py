"""Tests of the words on a microphone's sound: each finding has its own, and none flickers."""

from __future__ import annotations

from typing import get_args

import pytest

from roomcli.audio.soundcheck import Finding, SoundReport
from roomcli.engine.verdict import STEADY, SteadyVerdict, words_for

WELL = SoundReport((), -24.0, -70.0, 0.0)
UNKNOWN = SoundReport((), None, None, 0.0)


def said(report: SoundReport) -> tuple[str, ...]:
    return words_for(report, "/devices chooses another one")


def test_each_finding_has_words_that_say_what_to_do() -> None:
    told = [said(SoundReport((finding,), -45.0, -52.0, 0.1)) for finding in get_args(Finding)]
    assert all(len(lines) == 1 and ": " in lines[0] for lines in told)
    assert len(set(told)) == len(told) - 1  # nothing and exact zeros have the same remedy
    assert said(UNKNOWN) != said(WELL)
    assert "-24 dBov" in said(WELL)[0]


def test_zeros_on_a_mac_mean_that_the_terminal_may_not_listen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    (line,) = said(SoundReport(("zeros",), None, None, 0.0))
    assert "Privacy & Security" in line


def test_of_a_dead_microphone_it_says_how_to_use_another_one() -> None:
    (line,) = said(SoundReport(("zeros",), None, None, 0.0))
    assert line.endswith("/devices chooses another one")


def test_a_verdict_is_told_once_and_when_it_has_lasted() -> None:
    verdict = SteadyVerdict()
    noisy = SoundReport(("noisy",), -24.0, -40.0, 0.0)
    script = [(UNKNOWN, 0.0), (UNKNOWN, STEADY), (UNKNOWN, 2.0), (WELL, 2.1), (noisy, 2.2)]
    script += [(WELL, 2.3), (WELL, 2.3 + STEADY), (WELL, 9.0), (noisy, 9.1), (noisy, 9.1 + STEADY)]
    told = [at for report, at in script if verdict.is_news(report, at)]
    assert told == [STEADY, 2.3 + STEADY, 9.1 + STEADY]
