"""Tests of an open microphone that gives no sound, and of one into which nobody speaks."""

from __future__ import annotations

import pytest

from roomcli.engine.talk_watch import DEAD_AFTER, TalkWatch

Sound = tuple[int, bool]
"""The level of a sound, and whether somebody speaks."""
DEAD, NOISE, WHISPER = (-127, False), (-45, False), (-60, True)


def findings(watch: TalkWatch, *sounds: tuple[Sound, float]) -> list[tuple[float, str]]:
    """Return what is said, and when, of sounds with their seconds, looked at ten times a second."""
    now = 0.0
    said: list[tuple[float, str]] = []
    watch.rest()
    for (level, speaks), seconds in sounds:
        for _ in range(round(seconds * 10)):
            if finding := watch.watch(level, speaks, now):
                said.append((round(now, 1), finding))
            now += 0.1
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
    said = findings(watch, (NOISE, 3), (WHISPER, 1), (NOISE, 6))
    assert said[0][1] == "quiet"
    assert said[0][0] == pytest.approx(9.0, abs=0.11)
    assert findings(TalkWatch(0, may_be_dead=False), (NOISE, 999)) == []
