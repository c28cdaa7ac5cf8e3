"""Tests of the judge of a microphone: the same speech, spoilt in each of the ways there are."""

from __future__ import annotations

import numpy as np
import pytest

from roomcli.audio.samples import BLOCK, RATE, Samples, silence
from roomcli.audio.soundcheck import Finding, SoundCheck, SoundReport

from ...support.sound import SPEECH, samples_of

SPEAKERS = samples_of(SPEECH)[: 12 * RATE]
ROOM = np.random.default_rng(1).standard_normal(len(SPEAKERS)).astype(np.float32)
"""Noise of 0 dBov, to be scaled."""


def at(level: float, sound: Samples) -> Samples:
    """Return a sound whose mean level is 0 dBov at this level."""
    return sound * np.float32(10.0 ** (level / 20.0))


def spoken(level: float, noise: float = -75.0) -> Samples:
    """Return what a microphone hears: speech at about this level in the noise of a room."""
    powers = SPEAKERS[np.abs(SPEAKERS) > 0.003].astype(np.float64) ** 2
    return at(level, SPEAKERS / np.float32(np.sqrt(powers.mean()))) + at(noise, ROOM)


def heard(near: Samples, far: Samples | None = None, *, is_card: bool = True) -> SoundReport:
    check = SoundCheck()
    far = silence(len(near)) if far is None else far
    for start in range(0, len(near) - BLOCK + 1, BLOCK):
        check.push(near[start : start + BLOCK], far[start : start + BLOCK])
    return check.report(may_be_dead=is_card)


@pytest.mark.parametrize("level", [-33.0, -26.0, -20.0])
def test_speech_at_a_usual_level_in_a_quiet_room_is_well(level: float) -> None:
    report = heard(spoken(level))
    assert report.findings == ()
    assert report.speech is not None
    assert report.speech == pytest.approx(level, abs=3.0)
    assert report.noise == pytest.approx(-75.0, abs=2.0)
    assert report.clipped == 0.0


@pytest.mark.parametrize(
    ("near", "findings"),
    [
        (np.clip(spoken(-6.0), -1.0, 1.0), ("clipped",)),
        (spoken(-44.0), ("quiet",)),
        (spoken(-24.0, noise=-34.0), ("noisy",)),
        (spoken(-45.0, noise=-57.0), ("quiet", "noisy")),
        (silence(4 * RATE), ("zeros",)),
        (at(-96.0, ROOM), ("silent",)),
    ],
)
def test_each_fault_is_found_and_no_other(near: Samples, findings: tuple[Finding, ...]) -> None:
    assert heard(near).findings == findings


def test_a_file_may_be_silent() -> None:
    assert heard(silence(4 * RATE), is_card=False) == SoundReport((), None, None, 0.0)


def test_a_room_in_which_nobody_speaks_is_not_judged() -> None:
    assert heard(at(-50.0, ROOM)) == SoundReport((), None, None, 0.0)


def test_speakers_that_the_microphone_hears_are_an_echo() -> None:
    far = np.roll(SPEAKERS, 5 * RATE)
    late = np.concatenate((silence(RATE * 60 // 1000), far))[: len(far)]
    assert heard(spoken(-24.0) + late * np.float32(0.3), far).findings == ("echo",)
    assert heard(spoken(-24.0), far).findings == (), "with headphones"


def test_the_verdict_follows_what_is_done_about_it() -> None:
    loud = np.clip(spoken(-6.0), -1.0, 1.0)
    assert heard(np.concatenate((loud, spoken(-24.0)))).findings == ()
    assert heard(np.concatenate((silence(4 * RATE), spoken(-24.0)))).findings == ()


def broken(sound: Samples) -> tuple[Samples, list[bool]]:
    """Return the sound with 30 ms of silence every 0.4 s, and of each block whether it was cut."""
    blocks = sound[: len(sound) // BLOCK * BLOCK].reshape(-1, BLOCK).copy()
    cut = [number % 40 < 3 for number in range(len(blocks))]
    blocks[cut] = 0.0
    return blocks.reshape(-1), cut


def test_breaks_that_a_stall_makes_in_both_sounds_are_no_echo() -> None:
    (near, cut), (far, _) = broken(spoken(-24.0)), broken(np.roll(SPEAKERS, 5 * RATE))
    check = SoundCheck()
    for number, is_cut in enumerate(cut):
        block = slice(number * BLOCK, (number + 1) * BLOCK)
        check.push(near[block], None if is_cut else far[block])
        assert "echo" not in check.report(may_be_dead=True).findings


def test_an_echo_that_is_known_is_told_on_while_the_evidence_is_spoiled_for_a_while() -> None:
    far = np.roll(SPEAKERS, 5 * RATE)
    near = spoken(-24.0) + np.concatenate((silence(RATE * 60 // 1000), far))[: len(far)] * 0.3
    check = SoundCheck()
    for start in range(0, len(near) - BLOCK + 1, BLOCK):
        block, is_spoiled = slice(start, start + BLOCK), start >= 8 * RATE
        check.push(near[block], None if is_spoiled else far[block])
    assert "echo" in check.report(may_be_dead=True).findings


@pytest.mark.parametrize(("begin", "late"), [(6, 1.15), (6, 1.35), (18, 1.05), (18, 1.45)])
def test_ones_own_voice_that_comes_back_is_no_echo_of_itself(begin: int, late: float) -> None:
    near = np.roll(spoken(-24.0), -begin * RATE // 4)
    far = np.concatenate((silence(round(late * RATE)), near))[: len(near)]
    assert heard(near, far).findings == ()
