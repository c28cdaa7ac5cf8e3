"""Tests of the levels that packets declare, against the sound in them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from roomcli.audio.declared import DeclaredLevels
from roomcli.audio.levels import dbov
from roomcli.audio.opus import Decoder, Encoder
from roomcli.audio.samples import Samples

from ...support.sound import SPEECH, frames, samples_of


@cache
def said(loudness: float) -> list[tuple[Samples, Samples]]:
    """Return speech frame by frame, each with what a listener decodes."""
    return decoded(np.asarray(samples_of(SPEECH) * loudness, dtype=np.float32))


def decoded(sound: Samples) -> list[tuple[Samples, Samples]]:
    """Encode and decode a sound, and return its frames, each with what a listener decodes."""
    encoder, decoder = Encoder(), Decoder()
    pairs = [(frame, decoder.decode(encoder.encode(frame))) for frame in frames(sound)]
    encoder.close()
    decoder.close()
    return pairs


def judged(pairs: list[tuple[Samples, Samples]], declare: Callable[[Samples], int]) -> bool:
    levels = DeclaredLevels()
    for frame, heard in pairs:
        levels.compare(declare(frame), heard)
    return levels.are_false


@pytest.mark.parametrize("loudness", [1.0, 0.1, 0.01])
def test_who_declares_what_they_are_is_not_marked(loudness: float) -> None:
    speech = said(loudness)
    assert not judged(speech, dbov)
    assert not judged(speech, lambda frame: min(0, dbov(frame) + 6)), "another way to weigh it"


@pytest.mark.parametrize("declared", [0, -60, -127])
def test_who_declares_something_else_is_marked(declared: int) -> None:
    assert judged(said(1.0), lambda frame: declared)


def test_silence_that_claims_to_be_loud_is_marked_and_no_honest_silence() -> None:
    silence = decoded(np.zeros(48_000 * 6, dtype=np.float32))
    assert judged(silence, lambda frame: -20)
    assert not judged(silence, dbov)
