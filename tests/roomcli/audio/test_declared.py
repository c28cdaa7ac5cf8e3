"""Tests of the levels that packets declare, against the sound in them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from roomcli.audio.declared import DeclaredLevels
from roomcli.audio.levels import dbov
from roomcli.audio.opus import Decoder, Encoder
from roomcli.audio.samples import Samples

from ...support.sound import SPEECH, frames, samples_of


def judged(sound: Samples, declare: Callable[[Samples], int]) -> bool:
    encoder, decoder, levels = Encoder(), Decoder(), DeclaredLevels()
    for frame in frames(sound):
        levels.compare(declare(frame), decoder.decode(encoder.encode(frame)))
    encoder.close()
    decoder.close()
    return levels.are_false


@pytest.mark.parametrize("loudness", [1.0, 0.1, 0.01])
def test_who_declares_what_they_are_is_not_marked(loudness: float) -> None:
    sound = np.asarray(samples_of(SPEECH) * loudness, dtype=np.float32)
    assert not judged(sound, dbov)
    assert not judged(sound, lambda frame: min(0, dbov(frame) + 6)), "another way to weigh it"


@pytest.mark.parametrize("declared", [0, -60, -127])
def test_who_declares_something_else_is_marked(declared: int) -> None:
    assert judged(samples_of(SPEECH), lambda frame: declared)


def test_silence_that_claims_to_be_loud_is_marked_and_no_honest_silence() -> None:
    silence = np.zeros(48_000 * 6, dtype=np.float32)
    assert judged(silence, lambda frame: -20)
    assert not judged(silence, dbov)
