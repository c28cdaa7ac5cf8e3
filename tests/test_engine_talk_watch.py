"""An open microphone that gives nothing, and one into which nobody speaks."""

from __future__ import annotations

import pytest

from roomcli.engine.talk_watch import DEAD_AFTER, TalkWatch

DEAD, NOISE, VOICE = 127, 65, 30


def findings(watch: TalkWatch, *levels: tuple[int, float]) -> list[tuple[float, str]]:
    """What is said when, of levels that each last so many seconds, looked at ten times in each."""
    now = 0.0
    said: list[tuple[float, str]] = []
    watch.opened(now)
    for level, seconds in levels:
        for _ in range(round(seconds * 10)):
            now += 0.1
            if finding := watch.watch(level, now):
                said.append((round(now, 1), finding))
    return said


def test_a_dead_microphone_is_told_once() -> None:
    watch = TalkWatch(0, may_be_dead=True)
    assert findings(watch, (DEAD, 20)) == [(DEAD_AFTER, "dead")]
    assert findings(watch, (DEAD, 20)) == [(DEAD_AFTER, "dead")], "and again when opened again"


def test_a_rooms_noise_is_a_sign_of_life() -> None:
    watch = TalkWatch(0, may_be_dead=True)
    assert findings(watch, (DEAD, 1), (NOISE, 0.2), (DEAD, 20)) == []


def test_a_file_may_be_silent() -> None:
    assert findings(TalkWatch(0, may_be_dead=False), (DEAD, 20)) == []


def test_who_says_nothing_for_long_is_muted() -> None:
    watch = TalkWatch(5, may_be_dead=False)
    said = findings(watch, (NOISE, 3), (VOICE, 1), (NOISE, 6))
    assert said[0][1] == "quiet"
    assert said[0][0] == pytest.approx(9.0, abs=0.11)
    assert findings(TalkWatch(0, may_be_dead=False), (NOISE, 999)) == []
