"""Tests of how early sound is mixed: as late as the machine can be trusted, and no later."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from roomcli.audio.samples import BLOCK, RATE, TWO_BLOCKS
from roomcli.engine.cushion import (
    CALM_SECONDS,
    LEAST_MARGIN,
    MOST_CUSHION,
    USUAL_MARGIN,
    CushionInTime,
    CushionOnRequest,
)

PERIOD = BLOCK / RATE


class Speakers:
    """Speakers that take a block every 10 ms, and an owner that is late by ``lateness``."""

    def __init__(self, began: float = 100.0) -> None:
        self.cushion = CushionInTime()
        self.now = self._began = began
        self.asked = 0
        self.mixed = TWO_BLOCKS
        self.missed = 0

    def play(self, seconds: float, lateness: float = 0.0002) -> float:
        """Play for so long; return how early, on average, blocks were mixed."""
        early = []
        until = self.now + seconds
        due = self._due()
        wakes = due + lateness
        while self.now < until:
            taken = self._began + (self.asked + BLOCK) / RATE
            if wakes > taken:
                self.now = taken
                self.asked += BLOCK
                self.missed += max(self.asked - self.mixed, 0)
                self.mixed = max(self.mixed, self.asked)
                if self.cushion.took(self.asked, self.now):
                    wakes = self.now + lateness
                continue
            self.now = max(self.now, wakes)
            self.cushion.look(self.missed, due, self.now)
            while self._due() <= self.now:
                needed = self.cushion.needed(self.mixed - self.asked, self.asked, self.now)
                early.append(needed - self.now)
                self.mixed += BLOCK
            due = self._due()
            wakes = due + lateness
        return sum(early) / len(early)

    def _due(self) -> float:
        return self.cushion.due(self.mixed - self.asked, self.asked)


def test_two_blocks_are_ready_before_it_is_known_when_the_first_is_taken() -> None:
    cushion = CushionInTime()
    assert cushion.due(BLOCK, 0) == -math.inf
    assert cushion.due(TWO_BLOCKS, 0) == math.inf
    assert cushion.took(BLOCK, 5.0), "something may be due from now on"
    assert not cushion.took(2 * BLOCK, 5.0 + PERIOD)


def test_a_block_is_mixed_just_before_it_is_taken() -> None:
    speakers = Speakers()
    speakers.play(10.0)
    early = speakers.play(5.0)
    assert USUAL_MARGIN - 0.001 <= early <= USUAL_MARGIN
    speakers.cushion.smallest = True
    speakers.play(1.0)
    assert speakers.play(5.0) <= LEAST_MARGIN
    assert speakers.missed == 0


def test_a_late_machine_mixes_earlier_and_one_in_time_again_later() -> None:
    speakers = Speakers()
    speakers.play(10.0)
    speakers.play(3.0, lateness=0.015)
    missed = speakers.missed
    speakers.play(20.0, lateness=0.015)
    assert speakers.missed == missed, "it has learnt"
    assert speakers.cushion.depth >= 0.015 * RATE
    speakers.play(9.0)
    assert speakers.play(1.0) <= USUAL_MARGIN


def test_one_stall_is_no_reason_to_be_early() -> None:
    speakers = Speakers()
    speakers.play(10.0)
    depth = speakers.cushion.depth
    speakers.play(0.08, lateness=0.06)
    speakers.play(1.0)
    assert speakers.cushion.depth == depth


def test_a_device_whose_clock_is_slower_is_followed() -> None:
    cushion, fast = CushionInTime(), 1.0003
    for block in range(1, 6000):
        cushion.took(block * BLOCK, block * PERIOD * fast)
    taken = 6000 * PERIOD * fast
    early = taken - cushion.due(0, 5999 * BLOCK)
    assert USUAL_MARGIN <= early <= USUAL_MARGIN + 0.001


def test_takes_that_come_together_are_foreseen_by_the_earliest() -> None:
    cushion = CushionInTime()
    for pair in range(200):  # two at once, every 20 ms
        cushion.took((2 * pair + 1) * BLOCK, pair * 2 * PERIOD)
        cushion.took((2 * pair + 2) * BLOCK, pair * 2 * PERIOD)
    next_pair = 200 * 2 * PERIOD
    assert cushion.due(BLOCK, 400 * BLOCK) <= next_pair - USUAL_MARGIN


def test_a_cushion_on_request_grows_once_for_each_cause_and_thins_in_calm() -> None:
    cushion = CushionOnRequest(0.0, BLOCK)
    cushion.look(BLOCK, 0.0, 0.01)
    assert cushion.depth == BLOCK, "a device that starts takes more at once"
    depths = []
    for number in range(40):
        cushion.look(BLOCK * (number + 2), 0.0, 1.0 + number * 0.01)
        depths.append(cushion.depth)
    assert depths[0] == BLOCK, "a second without a look was a stall"
    grown = depths[-1]
    assert BLOCK < grown < 2 * BLOCK, "one cause, seen many times"
    now, missed = 2.0, 50 * BLOCK
    while now < 20.0:
        now += 0.3
        missed += 60
        cushion.look(missed, 0.0, now)
    assert cushion.depth == MOST_CUSHION
    while now < 20.0 + 3.1 * CALM_SECONDS:
        now += 0.02
        cushion.look(missed, 0.0, now)
    assert cushion.depth <= BLOCK + (MOST_CUSHION - BLOCK) // 8
    while now < 100.0:
        now += 0.25
        cushion.look(missed, 0.0, now)
    assert cushion.depth == BLOCK


@given(st.lists(st.tuples(st.floats(0, 40), st.integers(0, 3)), max_size=30))
def test_a_cushion_on_request_keeps_within_its_bounds(looks: list[tuple[float, int]]) -> None:
    cushion, now, underruns, depth = CushionOnRequest(0.0, BLOCK), 0.0, 0, BLOCK
    for passed, missed in looks:
        now += passed
        underruns += missed
        cushion.look(underruns, 0.0, now)
        assert BLOCK <= cushion.depth <= MOST_CUSHION
        assert cushion.depth <= depth or missed
        depth = cushion.depth
