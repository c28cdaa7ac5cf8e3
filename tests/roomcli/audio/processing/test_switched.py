"""Tests of stages that are switched while somebody speaks: no click, and time runs on."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from roomcli.audio.levels import decibels
from roomcli.audio.processing.chain import PLAIN, Processing, ProcessingChain
from roomcli.audio.processing.reference import EchoReference
from roomcli.audio.processing.switched import Switched
from roomcli.audio.samples import BLOCK, RATE, Samples, silence

LOUDNESS, HERTZ = 0.2, 440
STEEPEST = LOUDNESS * 2 * np.pi * HERTZ / RATE
"""The most by which two neighbours of the tone differ."""
STATES = (
    PLAIN,
    Processing(high_pass=False, echo="on", noise=False, level=False),
    Processing(high_pass=False, echo="auto", noise=False, level=False),
    Processing(high_pass=False, echo="off", noise=True, level=False),
    Processing(high_pass=True, echo="off", noise=False, level=False),
    Processing(level=False),
)


def tone(seconds: float) -> Samples:
    times = np.arange(round(seconds * RATE)) / RATE
    return np.asarray(LOUDNESS * np.sin(2 * np.pi * HERTZ * times), dtype=np.float32)


def chain(processing: Processing = PLAIN) -> ProcessingChain:
    return ProcessingChain(processing, EchoReference())


def through(stages: ProcessingChain, sound: Samples, begin: int = 0) -> Samples:
    blocks = range(0, len(sound), BLOCK)
    return np.concatenate(
        [stages.process(sound[at : at + BLOCK], (begin + at) / RATE) for at in blocks]
    )


@pytest.mark.parametrize(("before", "after"), list(itertools.permutations(STATES, 2)))
def test_switching_makes_no_click(before: Processing, after: Processing) -> None:
    stages, sound = chain(before), tone(1.2)
    middle = len(sound) // 2
    first = through(stages, sound[:middle])
    stages.switch(after)
    heard = np.concatenate((first, through(stages, sound[middle:], middle)))[middle // 2 :]
    assert np.abs(np.diff(heard)).max() < 2 * STEEPEST
    assert decibels(heard[middle // 2 :][:1200]) > -30, "nor a gap"


def test_switching_twice_within_a_block_leaves_nothing_behind() -> None:
    stages, sound = chain(), tone(1.0)
    stages.switch(Processing())
    stages.switch(PLAIN)
    assert np.array_equal(through(stages, sound), sound)
    assert (stages.delay, stages.works) == (0, ())


def test_the_delay_is_that_of_what_is_heard() -> None:
    stages = chain()
    assert stages.delay == 0
    stages.switch(Processing(high_pass=False, echo="auto", noise=True, level=False))
    through(stages, silence(BLOCK))
    assert stages.delay == 0, "the stages work, but are not heard yet"
    through(stages, silence(10 * BLOCK))
    assert stages.delay == chain(Processing()).delay > 0
    stages.switch(PLAIN)
    through(stages, silence(10 * BLOCK))
    assert stages.delay == 0


def test_what_works_is_told() -> None:
    assert chain(Processing()).works == ("high_pass", "noise", "level")
    assert chain(Processing(echo="on", noise=False)).works == ("high_pass", "echo", "level")
    assert chain().works == ()


class Doubling:
    """A stage that doubles, and knows how many blocks it had."""

    delay = 0
    made = 0

    def __init__(self) -> None:
        Doubling.made += 1
        self.blocks = 0

    def process(self, block: Samples) -> Samples:
        self.blocks += 1
        return block * 2


def test_a_stage_is_made_when_it_is_needed_and_keeps_what_it_learnt() -> None:
    switched = Switched(Doubling, on=False)
    ones = np.ones(BLOCK, dtype=np.float32)
    assert switched.process(ones) is ones
    assert Doubling.made == 0
    for _ in range(2):
        switched.switch(True)
        for _ in range(10):
            heard = switched.process(ones)
        assert (heard == 2.0).all()
        switched.switch(False)
        for _ in range(10):
            heard = switched.process(ones)
        assert (heard == 1.0).all()
    assert Doubling.made == 1
    assert switched.stage is not None
    assert switched.stage.blocks == 22, "it rests while it is off"


def test_who_judges_is_not_told_what_was_played_where_sound_was_lost() -> None:
    stages, judged = chain(), list[bool]()
    stages.judge = lambda block, reference: judged.append(reference is not None)
    sound = tone(0.02)
    through(stages, sound)
    stages.lose(BLOCK)
    through(stages, sound, 3 * BLOCK)
    assert judged == [True, True, False, True]
