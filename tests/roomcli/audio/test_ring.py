"""Tests of the ring: nothing is lost unseen and nothing doubled, across threads too."""

from __future__ import annotations

import threading

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from roomcli.audio.ring import Ring


@given(st.integers(1, 50), st.lists(st.tuples(st.booleans(), st.integers(0, 70)), max_size=60))
def test_ring_is_a_bounded_queue(capacity: int, steps: list[tuple[bool, int]]) -> None:
    ring = Ring(capacity)
    model: list[float] = []
    number, lost, lacked, gaps = 1, 0, 0, 0
    for writing, count in steps:
        if writing:
            block = np.arange(number, number + count, dtype=np.float32)
            number += count
            fits = min(count, capacity - len(model))
            assert ring.write(block) == fits
            model += block[:fits].tolist()
            lost += count - fits
        else:
            samples, real = ring.read(count)
            assert real == min(count, len(model))
            assert samples.tolist() == model[:real] + [0.0] * (count - real)
            del model[:real]
            lacked += count - real
            gaps += real < count
        assert (ring.fill, ring.overruns) == (len(model), lost)
        assert (ring.underruns, ring.gaps) == (lacked, gaps)


def test_samples_pass_between_threads_in_order() -> None:
    ring = Ring(1000)
    total = 200_000

    def produce() -> None:
        at = 0
        while at < total:
            at += ring.write(np.arange(at, min(at + 333, total), dtype=np.float32))

    producer = threading.Thread(target=produce)
    producer.start()
    expected = 0
    while expected < total:
        samples, real = ring.read(480)
        assert np.array_equal(samples[:real], np.arange(expected, expected + real))
        expected += real
    producer.join()


def test_skip_drops_the_oldest() -> None:
    ring = Ring(10)
    ring.write(np.arange(8, dtype=np.float32))
    assert ring.skip(5) == 5
    assert ring.read(3)[0].tolist() == [5.0, 6.0, 7.0]
    assert ring.skip(5) == 0
