"""Tests of the reference: it gives what is heard while a block is captured, and follows clocks."""

from __future__ import annotations

import numpy as np

from roomcli.audio.processing.reference import MARGIN, EchoReference
from roomcli.audio.samples import BLOCK, RATE, Samples, silence

PERIOD = BLOCK / RATE


def sweep(count: int) -> Samples:
    """Return a slow triangle, whose value says which sample it is."""
    return (np.abs(np.arange(count) % RATE - RATE // 2) / RATE).astype(np.float32)


def test_the_reference_is_what_plays_at_the_time_of_the_capture() -> None:
    reference = EchoReference()
    sound = sweep(RATE)
    for index in range(20):
        reference.add(sound[index * BLOCK : (index + 1) * BLOCK], 5.0 + index * PERIOD)
    at = 5 * BLOCK
    taken = reference.block_at(5.0 + at / RATE - MARGIN)
    assert np.allclose(taken, sound[at : at + BLOCK], atol=1e-5)


def test_it_is_silent_where_nothing_is_known() -> None:
    reference = EchoReference()
    assert not reference.block_at(0.0).any()
    reference.add(np.ones(BLOCK, dtype=np.float32), 10.0)
    assert not reference.block_at(20.0).any()


def test_clocks_that_drift_stay_together() -> None:
    reference = EchoReference()
    seconds, faster = 60, 1.0 + 300e-6
    sound = sweep((seconds + 1) * RATE)
    worst = 0.0
    for index in range(seconds * 100):
        reference.add(sound[index * BLOCK : (index + 1) * BLOCK], index * PERIOD)
        if index < 10:
            continue
        # The microphone's card is faster: its blocks come sooner.
        at = (index - 10) * PERIOD / faster
        taken = reference.block_at(at - MARGIN)
        expected = abs(at * RATE % RATE - RATE // 2) / RATE
        worst = max(worst, abs(float(taken[0]) - expected) * RATE)
    assert worst < RATE * 0.003, "3 ms"


def test_sound_that_quick_cards_were_given_last_is_enough() -> None:
    reference = EchoReference()
    loud = np.ones(BLOCK, dtype=np.float32)
    known_until = 0.0
    for index in range(100):
        # Mixed 5 ms before it is taken, and heard 5 ms after; the microphone hands over at once.
        now = (index + 1) * PERIOD
        while known_until < now + 0.010:
            reference.add(loud, known_until)
            known_until += PERIOD
        taken = reference.block_at(now - PERIOD)
        assert np.allclose(taken, 1.0, atol=1e-4), index


def test_times_that_are_told_late_hardly_move_it() -> None:
    chance = np.random.default_rng(1)
    reference = EchoReference()
    sound = sweep(40 * RATE)
    begins: list[float] = []
    for index in range(3000):
        told = index * PERIOD + chance.uniform(0.0, 0.002)
        reference.add(sound[index * BLOCK : (index + 1) * BLOCK], told)
        if index >= 10:
            captured_at = (index - 10) * PERIOD + chance.uniform(0.0, 0.002)
            begins.append(float(reference.block_at(captured_at - MARGIN)[BLOCK // 2]))
    moved = np.abs(np.diff(begins[500:])) * RATE - BLOCK
    rising = np.abs(moved) < BLOCK / 2  # where the triangle does not turn
    assert np.mean(rising) > 0.9
    assert np.abs(moved[rising]).max() < 0.3, "samples from one block to the next"


def test_what_the_speakers_lacked_is_silence_and_moves_nothing() -> None:
    reference = EchoReference()
    loud = np.ones(BLOCK, dtype=np.float32)
    for index in range(10):
        reference.add(loud, index * PERIOD)
    reference.skip_played(BLOCK)
    for index in range(11, 20):
        reference.add(loud, index * PERIOD)
    reference.skip_captured(10 * BLOCK)
    gap = reference.block_at(10 * PERIOD - MARGIN)
    assert np.allclose(gap, silence(BLOCK), atol=1e-5)
    assert np.allclose(reference.block_at(11 * PERIOD - MARGIN)[2:], 1.0, atol=1e-5)


def test_a_clock_that_jumps_is_believed_at_once() -> None:
    reference = EchoReference()
    sound = sweep(RATE)
    reference.block_at(0.0)
    for index in range(20):
        reference.add(sound[index * BLOCK : (index + 1) * BLOCK], 50.0 + index * PERIOD)
    assert np.allclose(
        reference.block_at(50.0 + PERIOD - MARGIN), sound[BLOCK : 2 * BLOCK], atol=1e-5
    )


def test_it_says_where_it_is_not_sure_of_what_was_played() -> None:
    reference = EchoReference()

    def play(*blocks: int) -> None:
        for index in blocks:
            reference.add(np.ones(BLOCK, dtype=np.float32), index * PERIOD)

    def is_sure(at: int) -> bool:
        reference.block_at(at * PERIOD - MARGIN)
        return reference.is_sure

    assert is_sure(0), "nothing was ever played"
    play(*range(1, 6))
    assert is_sure(1)
    reference.skip_played(BLOCK)
    play(*range(7, 20))
    sure = [is_sure(at) for at in range(2, 10)]
    assert [sure[at - 2] for at in (2, 3, 4, 6, 8, 9)] == [True, True, True, False, True, True]
    reference.skip_captured(20 * BLOCK)
    assert not is_sure(30), "not known yet"
    play(*range(20, 80))
    assert is_sure(31)
    assert not is_sure(42), "a clock jumped"
    assert is_sure(43)
