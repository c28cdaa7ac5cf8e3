"""Tests of what is sent as voice, and of what was heard of it."""

from __future__ import annotations

import random
from array import array

import numpy as np

from roomcli.audio.opus import Decoder
from roomcli.load.tally import BUCKET_NS, Tally, count, draw_payload, read_stamp


def test_what_is_said_is_silence_of_the_size_of_speech_that_tells_its_time() -> None:
    decoder, chance = Decoder(), random.Random(5)
    sizes = set[int]()
    for stamp in (0, 5, 2**63 - 1, *range(200)):
        payload = draw_payload(chance, stamp)
        sizes.add(len(payload))
        assert read_stamp(payload) == stamp
        assert float(np.abs(decoder.decode(payload)).max()) < 1e-9
    decoder.close()
    assert (min(sizes), max(sizes)) == (80, 100)


def test_frames_of_other_times_are_not_counted_and_each_listener_is() -> None:
    both = Tally(0, 500, [10, 100], [0, 1], array("q", (BUCKET_NS + 110, 3 * BUCKET_NS + 110)))
    late = Tally(0, 300, [200], [0], array("q", (300,)))
    heard = count([both, late], 100, 200)
    assert (heard.delivered, heard.distinct, heard.size) == (2, 1, 1000)
    assert heard.delays == [[1, 1], [3, 1]]
    assert count([], 0, 1).delays == []
